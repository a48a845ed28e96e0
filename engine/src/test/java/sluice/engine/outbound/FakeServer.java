// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import sluice.linux.InetEndpoint;

/** A server on loopback that does what a script says, on a thread for each connection. */
final class FakeServer implements AutoCloseable {
    private final ServerSocket listener;
    private final Script script;
    private final List<Socket> connections = new CopyOnWriteArrayList<>();
    /** What connections brought, as scripts note it. */
    final List<String> heard = new CopyOnWriteArrayList<>();

    /** What happens on one connection; it is closed afterwards. */
    @FunctionalInterface
    interface Script {
        void run(Conversing peer) throws IOException;
    }

    private FakeServer(ServerSocket listener, Script script) {
        this.listener = listener;
        this.script = script;
    }

    static FakeServer start(Script script) throws IOException {
        return start("127.0.0.1", script);
    }

    static FakeServer start(String address, Script script) throws IOException {
        var listener = new ServerSocket(0, 200, InetAddress.ofLiteral(address));
        return start(listener, script);
    }

    /** On a listener that may speak TLS. */
    static FakeServer start(ServerSocket listener, Script script) {
        var server = new FakeServer(listener, script);
        Thread.ofPlatform().daemon().name("fake-server").start(server::serve);
        return server;
    }

    private void serve() {
        while (!listener.isClosed()) {
            try {
                var socket = listener.accept();
                connections.add(socket);
                Thread.ofPlatform().daemon().name("fake-connection").start(() -> converse(socket));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void converse(Socket socket) {
        try (socket) {
            socket.setTcpNoDelay(true);
            script.run(new Conversing(
                    socket, new DataInputStream(socket.getInputStream()), socket.getOutputStream(), heard));
        } catch (IOException e) {
            heard.add("failed: " + e);
        } finally {
            connections.remove(socket);
        }
    }

    int port() {
        return listener.getLocalPort();
    }

    InetEndpoint endpoint() {
        return new InetEndpoint(listener.getInetAddress(), port());
    }

    /** As a configuration has it. */
    String server() {
        return "\"" + endpoint() + "\"";
    }

    int open() {
        return connections.size();
    }

    @Override
    public void close() throws IOException {
        listener.close();
        for (var connection : connections) {
            connection.close();
        }
    }

    /** One connection, as a script sees it. */
    record Conversing(Socket socket, DataInputStream in, OutputStream out, List<String> heard) {
        void note(String words) {
            heard.add(words);
        }

        /** Sends hexadecimal digits; spaces do not count. */
        void hex(String digits) throws IOException {
            out.write(HexFormat.of().parseHex(digits.replace(" ", "")));
            out.flush();
        }

        void text(String words) throws IOException {
            out.write(words.getBytes(StandardCharsets.ISO_8859_1));
            out.flush();
        }

        /** The next bytes, in hexadecimal digits. */
        String next(int count) throws IOException {
            var bytes = new byte[count];
            in.readFully(bytes);
            return HexFormat.of().formatHex(bytes);
        }

        /** Everything up to an empty line. */
        String header() throws IOException {
            var header = new ByteArrayOutputStream();
            while (!header.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
                header.write(in.readUnsignedByte());
            }
            return header.toString(StandardCharsets.ISO_8859_1);
        }

        /** Sends back whatever comes, until the end. */
        void echo() throws IOException {
            in.transferTo(out);
            out.flush();
        }

        /** Reads until the other side has closed. */
        void awaitEnd() throws IOException {
            in.transferTo(OutputStream.nullOutputStream());
        }

        /** The request of a SOCKS5 client without credentials, after which it is answered; from the command on, in digits. */
        String socksRequest() throws IOException {
            next(in.readUnsignedShort() & 0xff);
            hex("0500");
            next(1);
            int command = in.readUnsignedByte();
            next(1);
            int type = in.readUnsignedByte();
            int length = type == 1 ? 4 : type == 4 ? 16 : in.readUnsignedByte();
            var address = new byte[length];
            in.readFully(address);
            int port = in.readUnsignedShort();
            var host = type == 3
                    ? new String(address, StandardCharsets.US_ASCII)
                    : InetAddress.getByAddress(address).getHostAddress();
            return (command == 1 ? "connect " : "associate ") + host + " " + port;
        }

        /** A connection of its own to a destination on loopback, whose bytes it carries both ways. */
        void relayTo(int port) throws IOException {
            try (var other = new Socket()) {
                other.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
                var back = Thread.ofPlatform().daemon().start(() -> copy(other, socket));
                copy(socket, other);
                try {
                    back.join();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
        }

        private static void copy(Socket from, Socket to) {
            try {
                InputStream input = from.getInputStream();
                input.transferTo(to.getOutputStream());
                to.shutdownOutput();
            } catch (IOException | UnsupportedOperationException e) {
                // One side is gone; the other direction ends by itself.
            }
        }
    }
}

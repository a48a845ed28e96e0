// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * Runs the commands on standard input, a line each, and forgets what they print. The build records the classes that this
 * loads in the AOT cache of the commands (JEP 514), which one process has to do for all of them, and beside it a daemon learns from
 * what is done to it.
 *
 * <p>{@code await FILE} waits for a file; {@code mkdir} and {@code rmdir} make and remove a directory, so that the daemon sees a cgroup
 * come and go; {@code enter DIRECTORY} moves this process into a cgroup; {@code serve PORT} has this process answer for every name, as a name
 * server on that port of loopback; {@code ask NAME} asks a name server for a name's address;
 * {@code carry ADDRESS TIMES BYTES} makes connections to an address of this machine, one after the other, and receives so much by each.
 */
public final class Rehearsal {
    private static final long DEADLINE_NANOS = Duration.ofSeconds(10).toNanos();
    private static final int ANSWER_MILLIS = 2000;
    private static final long PAUSE_NANOS = Duration.ofMillis(10).toNanos();

    private final PrintWriter nowhere = new PrintWriter(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);

    private Rehearsal() {}

    /** Runs them. Their outcome does not matter: what fails on the build machine loads its classes all the same. */
    public static void main(String[] arguments) throws IOException {
        var rehearsal = new Rehearsal();
        var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (var line = lines.readLine(); line != null; line = lines.readLine()) {
            rehearsal.run(line.split(" ", -1));
        }
    }

    private void run(String[] command) throws IOException {
        switch (command[0]) {
            case "await" -> await(Path.of(command[1]));
            case "mkdir" -> Files.createDirectory(Path.of(command[1]));
            case "rmdir" -> Files.delete(Path.of(command[1]));
            case "enter" ->
                Files.writeString(
                        Path.of(command[1], "cgroup.procs"),
                        Long.toString(ProcessHandle.current().pid()));
            case "serve" -> serve(Integer.parseInt(command[1]));
            case "ask" -> ask(command[1]);
            case "carry" -> carry(command[1], Integer.parseInt(command[2]), Integer.parseInt(command[3]));
            default -> execute(command);
        }
    }

    private void execute(String[] command) {
        Sluice.commandLine(command).setOut(nowhere).setErr(nowhere).execute(command);
    }

    /** Until the end of this process. */
    private static void serve(int port) throws IOException {
        var socket = new DatagramSocket(port, InetAddress.ofLiteral("127.0.0.1"));
        Thread.ofPlatform().daemon().start(() -> {
            try (socket) {
                while (true) {
                    answer(socket);
                }
            } catch (IOException e) {
                // Whoever asks goes without an answer.
            }
        });
    }

    /** The question with an answer, 192.0.2.7 for a minute, in the place of what stands behind it (RFC 1035, section 4.1). */
    private static void answer(DatagramSocket socket) throws IOException {
        var packet = new DatagramPacket(new byte[512], 512);
        socket.receive(packet);
        var query = ByteBuffer.wrap(packet.getData());
        int end = 12;
        while (query.get(end) != 0) {
            end += 1 + query.get(end);
        }
        query.put(2, (byte) (query.get(2) | 0x80)).putShort(6, (short) 1).putShort(10, (short) 0);
        query.position(end + 5).put(new byte[] {(byte) 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, (byte) 192, 0, 2, 7});
        socket.send(new DatagramPacket(query.array(), query.position(), packet.getSocketAddress()));
    }

    /** Asks 127.0.0.53 (RFC 1035, section 4.1), where nobody listens but the daemon, if that captures the question. */
    private static void ask(String name) throws IOException {
        var question = new ByteArrayOutputStream();
        question.writeBytes(new byte[] {0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0});
        for (var label : name.split("\\.", -1)) {
            question.write(label.length());
            question.writeBytes(label.getBytes(StandardCharsets.US_ASCII));
        }
        question.writeBytes(new byte[] {0, 0, 1, 0, 1});
        try (var socket = new DatagramSocket()) {
            socket.setSoTimeout(ANSWER_MILLIS);
            socket.connect(new InetSocketAddress("127.0.0.53", 53));
            socket.send(new DatagramPacket(question.toByteArray(), question.size()));
            socket.receive(new DatagramPacket(new byte[512], 512));
        } catch (SocketTimeoutException | PortUnreachableException e) {
            // Its classes are loaded all the same.
        }
    }

    private static void carry(String address, int times, int bytes) throws IOException {
        var here = InetAddress.ofLiteral(address);
        try (var server = new ServerSocket(0, 1, here)) {
            server.setSoTimeout(ANSWER_MILLIS);
            var answers = Thread.ofPlatform().daemon().start(() -> answer(server, new byte[bytes]));
            for (int i = 0; i < times && answers.isAlive(); i++) {
                try (var client = new Socket(here, server.getLocalPort())) {
                    client.setSoTimeout(ANSWER_MILLIS);
                    client.getOutputStream().write('?');
                    client.getInputStream().transferTo(OutputStream.nullOutputStream());
                }
            }
        } catch (SocketException | SocketTimeoutException e) {
            // As with the commands.
        }
    }

    private static void answer(ServerSocket server, byte[] answer) {
        try {
            while (true) {
                try (var connection = server.accept()) {
                    var _ = connection.getInputStream().read();
                    connection.getOutputStream().write(answer);
                }
            }
        } catch (IOException e) {
            // All have been answered, or one did not work.
        }
    }

    private static void await(Path file) {
        long end = System.nanoTime() + DEADLINE_NANOS;
        while (!Files.exists(file) && System.nanoTime() - end < 0) {
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }
}

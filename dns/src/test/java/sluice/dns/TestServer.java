// SPDX-License-Identifier: Apache-2.0
package sluice.dns;

import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import sluice.dns.message.Names;
import sluice.rules.DnsServer;

/** A name server on a port of loopback, UDP and TCP, that answers as a test says. */
final class TestServer implements AutoCloseable {
    private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

    private final ServerSocket tcp;
    private final DatagramSocket udp;
    private final List<byte[]> overUdp = new CopyOnWriteArrayList<>();
    private final List<byte[]> overTcp = new CopyOnWriteArrayList<>();
    private final Map<Integer, Boolean> ports = new ConcurrentHashMap<>();
    private volatile byte[] raw = {};
    private volatile boolean closing;
    private volatile Function<byte[], List<byte[]>> udpAnswers;
    private volatile Function<byte[], List<byte[]>> tcpAnswers;

    /** Both ways the same. */
    TestServer(Function<byte[], List<byte[]>> answers) throws IOException {
        udpAnswers = answers;
        tcpAnswers = answers;
        tcp = new ServerSocket(0, 50, LOOPBACK);
        udp = new DatagramSocket(new InetSocketAddress(LOOPBACK, tcp.getLocalPort()));
        Thread.ofPlatform().daemon().start(this::serveUdp);
        Thread.ofPlatform().daemon().start(this::serveTcp);
    }

    /** One that knows the addresses of all names. */
    static TestServer of(int ttl, String... addresses) throws IOException {
        return new TestServer(query -> List.of(addressesFor(query, ttl, addresses)));
    }

    static byte[] addressesFor(byte[] query, int ttl, String... addresses) {
        int type = query[Messages.questionEnd(query) - 3];
        var records = Arrays.stream(addresses)
                .filter(address -> (address.indexOf(':') < 0) == (type == Messages.A))
                .map(address -> Messages.address(address, ttl))
                .toList();
        return Messages.answer(query, 0, records, List.of());
    }

    void answerUdp(Function<byte[], List<byte[]>> answers) {
        udpAnswers = answers;
    }

    void answerTcp(Function<byte[], List<byte[]>> answers) {
        tcpAnswers = answers;
    }

    /** From now on these bytes follow all answers over TCP, without a length in front. */
    void raw(byte[] bytes) {
        raw = bytes;
    }

    /** From now on a connection ends after one answer, whatever was asked besides. */
    void closeAfterAnswer() {
        closing = true;
    }

    /** Says nothing any more. */
    void beSilent() {
        udpAnswers = _ -> List.of();
        tcpAnswers = _ -> List.of();
    }

    DnsServer settings(String scheme) {
        return new DnsServer(URI.create(scheme + "://127.0.0.1:" + tcp.getLocalPort()));
    }

    /** Queries that came over UDP. */
    List<byte[]> overUdp() {
        return overUdp;
    }

    /** Queries that came over TCP. */
    List<byte[]> overTcp() {
        return overTcp;
    }

    int queries() {
        return overUdp.size() + overTcp.size();
    }

    /** How many ports the datagrams came from. */
    int ports() {
        return ports.size();
    }

    /** The name that a query asks for, in lower case. */
    static String name(byte[] query) {
        return Names.text(query, 12);
    }

    private void serveUdp() {
        var packet = new DatagramPacket(new byte[65_535], 65_535);
        try {
            while (true) {
                packet.setLength(65_535);
                udp.receive(packet);
                byte[] query = Arrays.copyOf(packet.getData(), packet.getLength());
                ports.put(packet.getPort(), true);
                overUdp.add(query);
                for (byte[] answer : udpAnswers.apply(query)) {
                    udp.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
                }
            }
        } catch (IOException e) {
            // Closed.
        }
    }

    private void serveTcp() {
        try {
            while (true) {
                var socket = tcp.accept();
                Thread.ofPlatform().daemon().start(() -> converse(socket));
            }
        } catch (IOException e) {
            // Closed.
        }
    }

    private void converse(Socket socket) {
        try (socket) {
            var in = new DataInputStream(socket.getInputStream());
            var out = new DataOutputStream(new BufferedOutputStream(socket.getOutputStream()));
            do {
                var query = new byte[in.readUnsignedShort()];
                in.readFully(query);
                overTcp.add(query);
                for (byte[] answer : tcpAnswers.apply(query)) {
                    out.writeShort(answer.length);
                    out.write(answer);
                }
                out.write(raw);
                out.flush();
            } while (!closing);
        } catch (IOException e) {
            // The other side, or the test, has ended.
        }
    }

    @Override
    public void close() throws IOException {
        udp.close();
        tcp.close();
    }
}

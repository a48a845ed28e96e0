// SPDX-License-Identifier: Apache-2.0
package sluice.engine;

import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import sluice.bounds.Bounds;
import sluice.dns.AnsweredQuery;
import sluice.dns.Asker;
import sluice.dns.Dns;
import sluice.dns.DnsConfiguration;
import sluice.dns.DnsListener;
import sluice.dns.Network;
import sluice.linux.InetEndpoint;
import sluice.linux.NativeSocket;
import sluice.linux.SocketConstants;
import sluice.rules.DnsServer;
import sluice.rules.DnsSettings;

/** The part of {@link EngineWarmUp} for names: DNS with a cache and counters of its own asks a name server that is this thread. */
final class NameWarmUp implements AutoCloseable {
    private static final InetEndpoint ANY_PORT = new InetEndpoint(InetAddress.ofLiteral("127.0.0.1"), 0);
    private static final int HEADER = 12;
    private static final int MESSAGE = 512;
    /** A pointer to the question's name, type A, class IN, a minute, 192.0.2.1 (RFC 1035, section 4.1.3). */
    private static final byte[] RECORD = {(byte) 0xc0, HEADER, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, (byte) 192, 0, 2, 1};

    private static final byte[] QUERY_HEADER = {0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0};
    private static final byte[] QUERY_TAIL = "\7warm-up\7example\0\0\1\0\1".getBytes(StandardCharsets.ISO_8859_1);

    private final NativeSocket server;
    private final Dns dns;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(MESSAGE);

    private NameWarmUp(NativeSocket server, Dns dns) {
        this.server = server;
        this.dns = dns;
    }

    /** Starts the name server, and DNS that asks it by the outbound {@code direct}. */
    static NameWarmUp start(Network network) throws IOException {
        var server =
                NativeSocket.open(SocketConstants.AF_INET, SocketConstants.SOCK_DGRAM, 0, "name server to warm up");
        try {
            server.nonBlocking(true);
            server.bind(ANY_PORT);
            int port = ((InetEndpoint) server.localAddress()).port();
            return new NameWarmUp(
                    server, Dns.start(configuration(port), network, Silence.NOTHING, new Bounds(Bounds.Listener.NONE)));
        } catch (IOException e) {
            server.close();
            throw e;
        }
    }

    private static DnsConfiguration configuration(int port) {
        var usual = DnsSettings.DEFAULT;
        var settings = new DnsSettings(
                DnsSettings.Mode.REAL,
                usual.ipv4(),
                usual.ipv6(),
                usual.fakeTtl(),
                List.of(new DnsServer(URI.create("udp://127.0.0.1:" + port))),
                usual.strategy(),
                List.of(),
                usual.cacheSize(),
                usual.stale(),
                usual.verify(),
                false,
                Optional.empty());
        return new DnsConfiguration(settings, List.of(), Path.of("/dev/null"), DnsConfiguration.RESOLV_CONF);
    }

    /** Asks for a name that has not been asked for, and answers as the server. */
    void ask(int number, EngineWarmUp.Patience patience) throws IOException {
        var label = Integer.toString(number).getBytes(StandardCharsets.US_ASCII);
        var query = ByteBuffer.allocate(MESSAGE)
                .put(QUERY_HEADER)
                .put((byte) label.length)
                .put(label)
                .put(QUERY_TAIL)
                .flip();
        var answered = new AtomicBoolean();
        if (dns.answer(Myself.ASKS, query, _ -> answered.set(true)) == null) {
            patience.until(() -> server.receive(buffer.clear()) > 0);
            server.send(answer(buffer.flip()), server.source());
            patience.until(answered::get);
        }
    }

    /** Takes the place of the query: the header with the bit for answers, the question, and one record. */
    private static ByteBuffer answer(ByteBuffer query) {
        int end = HEADER;
        while (query.get(end) != 0) {
            end += 1 + query.get(end);
        }
        end += 5;
        query.put(2, (byte) (query.get(2) | 0x80)).putShort(6, (short) 1).putShort(10, (short) 0);
        return query.limit(end + RECORD.length).position(end).put(RECORD).flip();
    }

    @Override
    public void close() {
        dns.close();
        server.close();
    }

    /** Who asks. */
    private enum Myself implements Asker {
        ASKS;

        @Override
        public InetEndpoint client() {
            return ANY_PORT;
        }

        @Override
        public InetEndpoint server() {
            return ANY_PORT;
        }

        @Override
        public String target() {
            return "direct";
        }

        @Override
        public boolean overTcp() {
            return false;
        }

        @Override
        public @Nullable String cgroup() {
            return null;
        }

        @Override
        public String share() {
            return UNKNOWN;
        }
    }

    /** What happens here concerns nobody. */
    private enum Silence implements DnsListener {
        NOTHING;

        @Override
        public void answered(AnsweredQuery query) {}

        @Override
        public void resolved(String set, String name, List<InetAddress> addresses, Duration ttl) {}

        @Override
        public void serverFailed(String server, String reason) {}

        @Override
        public void serverAnswers(String server) {}

        @Override
        public void notRemembered(IOException reason) {}

        @Override
        public void remembered() {}

        @Override
        public void damaged(String what) {}

        @Override
        public void forgotten(int names) {}
    }
}

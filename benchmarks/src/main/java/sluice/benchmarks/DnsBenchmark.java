// SPDX-License-Identifier: Apache-2.0
package sluice.benchmarks;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import sluice.bounds.Bounds;
import sluice.dns.AnsweredQuery;
import sluice.dns.Asker;
import sluice.dns.Dns;
import sluice.dns.DnsConfiguration;
import sluice.dns.DnsListener;
import sluice.dns.Network;
import sluice.dns.message.Answer;
import sluice.dns.message.AnswerReader;
import sluice.linux.InetEndpoint;
import sluice.rules.ConfigurationReader;
import sluice.rules.Endpoint;
import sluice.rules.InvalidConfigurationException;

/** What an answer costs the loop's thread, compiled as the daemon is (C1): from the cache, made up, and what reading a server's answer costs. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(
        value = 1,
        jvmArgs = {"-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx64m"})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class DnsBenchmark {
    private static final int NAMES = 8192;
    private static final int HEADER = 12;

    private final ByteBuffer[] real = new ByteBuffer[NAMES];
    private final ByteBuffer[] madeUp = new ByteBuffer[NAMES];
    private final OneAsker asker = new OneAsker();
    private final byte[] answer = answerTo(query("www.example.org"));
    private @Nullable Path directory;
    private @Nullable Dns dns;
    private int next;

    /** Made by JMH. */
    public DnsBenchmark() {}

    /** Fills the cache and the pool. */
    @Setup
    public void fill() throws IOException, InvalidConfigurationException {
        var text = """
                version: 1
                dns: {mode: fake-ip, servers: ["udp://192.0.2.1"], rules: [{domain: "*.real.example", answer: real}]}
                """.getBytes(StandardCharsets.UTF_8);
        var configuration = new ConfigurationReader(_ -> OptionalInt.empty(), _ -> InputStream.nullInputStream())
                .read("benchmark", text)
                .configuration();
        directory = Files.createTempDirectory("sluice-dns");
        var started = Dns.start(
                new DnsConfiguration(
                        configuration.dns(),
                        configuration.routes(),
                        directory.resolve("fakes"),
                        directory.resolve("resolv.conf")),
                new Echo(),
                new Silent(),
                new Bounds(Bounds.Listener.NONE));
        dns = started;
        for (int i = 0; i < NAMES; i++) {
            real[i] = ByteBuffer.wrap(query("host-" + i + ".real.example"));
            madeUp[i] = ByteBuffer.wrap(query("host-" + i + ".example"));
            for (var query : List.of(real[i], madeUp[i])) {
                var later = new CompletableFuture<byte[]>();
                if (started.answer(asker, query, later::complete) == null) {
                    later.join();
                }
            }
        }
    }

    /** Ends it. */
    @TearDown
    public void close() throws IOException {
        if (dns != null && directory != null) {
            dns.close();
            Files.deleteIfExists(directory.resolve("fakes"));
        }
    }

    private byte @Nullable [] answer(ByteBuffer query) {
        return dns == null ? null : dns.answer(asker, query, _ -> {});
    }

    /** A name whose addresses are remembered. */
    @Benchmark
    public byte @Nullable [] cached() {
        return answer(real[next++ & NAMES - 1]);
    }

    /** A name that has a fake IP. */
    @Benchmark
    public byte @Nullable [] madeUp() {
        return answer(madeUp[next++ & NAMES - 1]);
    }

    /** What Netty's codec and our checks take for a server's answer with one record. */
    @Benchmark
    public Answer read() throws IOException {
        return AnswerReader.read(answer.clone());
    }

    private static byte[] query(String name) {
        var bytes = ByteBuffer.allocate(512);
        bytes.putShort((short) 7).putShort((short) 0x0100).putShort((short) 1).putShort((short) 0);
        bytes.putShort((short) 0).putShort((short) 1);
        for (String label : name.split("\\.")) {
            bytes.put((byte) label.length()).put(label.getBytes(StandardCharsets.US_ASCII));
        }
        bytes.put((byte) 0).putShort((short) 1).putShort((short) 1);
        // EDNS, as the C library and dig send it.
        bytes.put((byte) 0)
                .putShort((short) 41)
                .putShort((short) 1232)
                .putInt(0)
                .putShort((short) 0);
        return java.util.Arrays.copyOf(bytes.array(), bytes.position());
    }

    /** One address for the name; without EDNS. */
    private static byte[] answerTo(byte[] query) {
        int end = HEADER;
        while (query[end] != 0) {
            end += 1 + query[end];
        }
        end += 5;
        var bytes = ByteBuffer.allocate(end + 16).put(query, 0, end);
        bytes.putShort((short) 0xc00c)
                .putShort((short) 1)
                .putShort((short) 1)
                .putInt(3600)
                .putShort((short) 4);
        bytes.put(new byte[] {(byte) 192, 0, 2, 80});
        bytes.putShort(2, (short) 0x8180).putShort(6, (short) 1).putShort(10, (short) 0);
        return bytes.array();
    }

    /** A server that knows every name, without a network. */
    private static final class Echo implements Network {
        @Override
        public Thread start(String name, Runnable task) {
            return Thread.ofVirtual().name(name).start(task);
        }

        @Override
        public Stream connect(String outbound, Endpoint server, @Nullable Tls tls, Duration timeout)
                throws IOException {
            throw new IOException("there are no connections here");
        }

        @Override
        public boolean carriesUdp(String outbound) {
            return true;
        }

        @Override
        public Datagrams datagrams(String outbound, Endpoint server, Duration timeout) {
            return new Datagrams() {
                private byte[] last = {};

                @Override
                public void send(ByteBuffer datagram) {
                    last = new byte[datagram.remaining()];
                    datagram.get(last);
                }

                @Override
                public int receive(ByteBuffer into, Duration patience) {
                    byte[] message = answerTo(last);
                    into.put(message);
                    return message.length;
                }

                @Override
                public void close() {}
            };
        }
    }

    private static final class OneAsker implements Asker {
        private static final InetEndpoint CLIENT = new InetEndpoint(InetAddress.ofLiteral("192.0.2.2"), 40_000);

        @Override
        public InetEndpoint client() {
            return CLIENT;
        }

        @Override
        public InetEndpoint server() {
            return CLIENT.withPort(53);
        }

        @Override
        public String target() {
            return "office";
        }

        @Override
        public boolean overTcp() {
            return false;
        }

        @Override
        public String share() {
            return UNKNOWN;
        }

        @Override
        public @Nullable String cgroup() {
            return null;
        }
    }

    private static final class Silent implements DnsListener {
        @Override
        public void answered(AnsweredQuery query) {}

        @Override
        public void resolved(String set, String name, List<InetAddress> addresses, Duration ttl) {}

        @Override
        public void notRemembered(IOException reason) {}

        @Override
        public void remembered() {}

        @Override
        public void damaged(String what) {}

        @Override
        public void forgotten(int names) {}

        @Override
        public void serverFailed(String server, String reason) {}

        @Override
        public void serverAnswers(String server) {}
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.dns;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import sluice.bounds.Bounds;
import sluice.rules.Endpoint;
import sluice.testkit.Scale;

/** Servers that promise HTTP/2 and send something else: the application gets SERVFAIL, soon. */
class HostileHttpsTest {
    private static final World.Client UDP = new World.Client(null, false);
    private static final int SERVFAIL = 2;
    private static final byte[] SETTINGS = HexFormat.of().parseHex("000000040000000000");

    @TempDir
    Path directory;

    /** Connections on which the server says always the same, and then ends them. */
    @SuppressWarnings("ArrayRecordComponent") // Read only.
    private record Parrot(byte[] says) implements Network {
        @Override
        public Thread start(String name, Runnable task) {
            return Thread.ofVirtual().name(name).start(task);
        }

        @Override
        public Stream connect(String outbound, Endpoint server, @Nullable Tls tls, Duration timeout) {
            var left = ByteBuffer.wrap(says);
            var asked = new CompletableFuture<Boolean>();
            return new Stream() {
                @Override
                public int read(ByteBuffer into, Duration patience) {
                    asked.join();
                    int count = Math.min(into.remaining(), left.remaining());
                    into.put(left.slice(left.position(), count));
                    left.position(left.position() + count);
                    return count == 0 ? -1 : count;
                }

                @Override
                public void write(ByteBuffer from, Duration patience) {
                    from.position(from.limit());
                    asked.complete(true);
                }

                @Override
                public String protocol() {
                    return "h2";
                }

                @Override
                public void close() {
                    asked.complete(true);
                }
            };
        }

        @Override
        public Datagrams datagrams(String outbound, Endpoint server, Duration timeout) throws IOException {
            throw new IOException("no UDP here");
        }

        @Override
        public boolean carriesUdp(String outbound) {
            return false;
        }
    }

    private void check(byte[] says) throws Exception {
        var configuration = World.configuration(
                directory,
                "{mode: real, servers: [{url: 'https://dns.example/dns-query', address: [192.0.2.1]}]}",
                "[]");
        try (var dns = Dns.start(configuration, new Parrot(says), new World.Ears(), new Bounds(Bounds.Listener.NONE))) {
            var answer = new CompletableFuture<byte[]>();
            byte[] now = dns.answer(UDP, ByteBuffer.wrap(Messages.query(7, "www.example.org", "A")), answer::complete);
            assertThat(now).isNull();
            assertThat(Messages.read(answer.get(World.LIMIT.toSeconds(), TimeUnit.SECONDS))
                            .rcode())
                    .as(HexFormat.of().formatHex(says))
                    .isEqualTo(SERVFAIL);
        }
    }

    static List<byte[]> garbage() {
        return List.of(
                new byte[0],
                "HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(StandardCharsets.US_ASCII),
                SETTINGS,
                // A frame that would have 16 MiB.
                HexFormat.of().parseHex("000000040000000000" + "ffffff000000000003"),
                // Headers of a stream that nobody opened, then of ours, compressed with an index that is not there.
                HexFormat.of().parseHex("000000040000000000" + "000001010400000063" + "88"),
                HexFormat.of().parseHex("000000040000000000" + "000001010500000003" + "ff"),
                // Status 404 and the end of the stream.
                HexFormat.of().parseHex("000000040000000000" + "000001010500000003" + "8d"),
                // GOAWAY.
                HexFormat.of().parseHex("000000040000000000" + "000008070000000000" + "0000000000000000"));
    }

    @ParameterizedTest
    @MethodSource("garbage")
    void whatIsNotAnAnswerIsNoAnswer(byte[] says) throws Exception {
        check(says);
    }

    @Test
    void bytesByChanceAreNoAnswer() throws Exception {
        var random = new Random(3);
        for (int i = 0; i < Scale.of(100, 20_000); i++) {
            var noise = new byte[random.nextInt(200)];
            random.nextBytes(noise);
            boolean polite = random.nextBoolean();
            byte[] says = Arrays.copyOf(polite ? SETTINGS : new byte[0], (polite ? SETTINGS.length : 0) + noise.length);
            System.arraycopy(noise, 0, says, says.length - noise.length, noise.length);
            check(says);
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.dns;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sluice.bounds.Bounds;
import sluice.rules.Endpoint;

/** A server over HTTP/2 that says with GOAWAY which queries it does not look at: they are asked again over a new connection. */
class GoAwayTest {
    private static final int PREFACE = 24;
    private static final int FRAME = 9;
    private static final int DATA = 0;
    private static final byte[] SETTINGS = HexFormat.of().parseHex("000000040000000000");

    @TempDir
    Path directory;

    /** What the server sends on a connection, after what the client has. */
    private static final class Conversation implements Network.Stream {
        private static final byte[] END = {};

        private final int answers;
        private final ByteArrayOutputStream heard = new ByteArrayOutputStream();
        private final BlockingQueue<byte[]> said = new LinkedBlockingQueue<>(List.of(SETTINGS));
        private int read = PREFACE;
        private int answered;
        private ByteBuffer left = ByteBuffer.allocate(0);

        /** Answers so many queries, and takes no more. */
        Conversation(int answers) {
            this.answers = answers;
        }

        @Override
        public int read(ByteBuffer into, Duration timeout) throws IOException {
            try {
                if (!left.hasRemaining()) {
                    byte[] next = said.poll(timeout.toNanos(), TimeUnit.NANOSECONDS);
                    if (next == null || next.length == 0) {
                        return -1;
                    }
                    left = ByteBuffer.wrap(next);
                }
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            int count = Math.min(into.remaining(), left.remaining());
            into.put(left.slice(left.position(), count));
            left.position(left.position() + count);
            return count;
        }

        @Override
        public synchronized void write(ByteBuffer from, Duration timeout) {
            var bytes = new byte[from.remaining()];
            from.get(bytes);
            heard.writeBytes(bytes);
            byte[] all = heard.toByteArray();
            while (all.length >= read + FRAME) {
                var frame = ByteBuffer.wrap(all, read, FRAME);
                int length = frame.getInt() >>> 8;
                if (all.length < read + FRAME + length) {
                    return;
                }
                int payload = read + FRAME;
                read = payload + length;
                if (all[payload - 6] == DATA && length > 0) {
                    query(frame.getInt(payload - 4), Arrays.copyOfRange(all, payload, read));
                }
            }
        }

        private void query(int stream, byte[] message) {
            if (answered == answers) {
                // The last stream that it looks at was the one before.
                said.add(
                        frame(7, 0, 0, ByteBuffer.allocate(8).putInt(stream - 2).array()));
                said.add(END);
            } else if (answered < answers) {
                byte[] type = "application/dns-message".getBytes(StandardCharsets.US_ASCII);
                // :status 200, and content-type by its place in the static table (RFC 7541 appendix A).
                var headers = ByteBuffer.allocate(4 + type.length)
                        .put(new byte[] {(byte) 0x88, 0x0f, 0x10, (byte) type.length})
                        .put(type);
                said.add(frame(1, 4, stream, headers.array()));
                said.add(frame(DATA, 1, stream, TestServer.addressesFor(message, 60, "192.0.2.80")));
            }
            answered++;
        }

        private static byte[] frame(int type, int flags, int stream, byte[] payload) {
            return ByteBuffer.allocate(FRAME + payload.length)
                    .putInt(payload.length << 8 | type)
                    .put((byte) flags)
                    .putInt(stream)
                    .put(payload)
                    .array();
        }

        @Override
        public String protocol() {
            return "h2";
        }

        @Override
        public void close() {
            said.add(END);
        }
    }

    /** Leads to that server. */
    private record Way(int answers, AtomicInteger connections) implements Network {
        @Override
        public Thread start(String name, Runnable task) {
            return Thread.ofVirtual().name(name).start(task);
        }

        @Override
        public Stream connect(String outbound, Endpoint server, @Nullable Tls tls, Duration timeout) {
            connections.incrementAndGet();
            return new Conversation(answers);
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

    @Test
    void whatTheServerDoesNotLookAtIsAskedAgainOverANewConnection() throws Exception {
        var configuration = World.configuration(
                directory,
                "{mode: real, servers: [{url: 'https://dns.example/dns-query', address: [192.0.2.1]}]}",
                "[]");
        var way = new Way(1, new AtomicInteger());
        try (var dns = Dns.start(configuration, way, new World.Ears(), new Bounds(Bounds.Listener.NONE))) {
            var answers = new ArrayList<CompletableFuture<byte[]>>();
            for (int i = 0; i < 20; i++) {
                var answer = new CompletableFuture<byte[]>();
                byte[] query = Messages.query(i, "host-" + i + ".example", "A");
                assertThat(dns.answer(new World.Client(null, false), ByteBuffer.wrap(query), answer::complete))
                        .isNull();
                answers.add(answer);
            }
            for (var answer : answers) {
                assertThat(Messages.read(answer.get(World.LIMIT.toSeconds(), TimeUnit.SECONDS))
                                .addresses())
                        .containsExactly("192.0.2.80");
            }
            assertThat(way.connections).hasValueLessThanOrEqualTo(40);
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.control;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sluice.testkit.Await;

@Timeout(200)
class HostileClientTest {
    private static final ControlLimits LIMITS =
            new ControlLimits(4, 4, 4, Duration.ofMillis(300), Duration.ofMillis(500));

    @TempDir
    Path directory;

    private final RecordingDaemon daemon = new RecordingDaemon();
    private ControlSocket socket;
    private ControlServer server;

    @BeforeEach
    void start() throws Exception {
        socket = ControlSocket.open(directory.resolve("control.sock"));
        server = ControlServer.start(socket.listener(), daemon, LIMITS, Integer.MAX_VALUE);
    }

    @AfterEach
    void theServerStillServes() throws Exception {
        Await.until("a connection is free", Await.SOON, () -> {
            new ControlClient(socket.path(), Duration.ofSeconds(10)).status();
            return true;
        });
        assertThat(daemon.failures).isEmpty();
        server.close();
        socket.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\r\n\r\n\r\nrubbish\r\n\r\n",
                "GET\r\n\r\n",
                "GET /v1/explain?path=%zz HTTP/1.1\r\n\r\n",
                "GET /v1/explain HTTP/1.1\r\n\r\n",
                "GET /v1/explain?path=a&path=b HTTP/1.1\r\n\r\n",
                "GET /v1/status HTTP/1.1\r\nContent-Length: x\r\n\r\n",
                "GET /v1/status HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na",
                "POST /v1/run HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                "POST /v1/run HTTP/1.1\r\nContent-Length: 4\r\n\r\nnull",
                "POST /v1/run HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}",
                "POST /v1/run HTTP/1.1\r\nContent-Length: 17\r\n\r\n{\"kind\":\"tproxy\"}",
                "POST /v1/run HTTP/1.1\r\nContent-Length: 14\r\n\r\n{\"kind\":\"root\"",
            })
    void malformedRequestsAreRefused(String request) throws Exception {
        assertThat(ask(request)).startsWith("HTTP/1.1 400 ").contains("\"code\":\"invalid-request\"");
        assertThat(daemon.asked).isEmpty();
    }

    @Test
    void unknownPathsAndMethodsAreNamed() throws Exception {
        assertThat(ask("GET /v2/status HTTP/1.1\r\n\r\n"))
                .startsWith("HTTP/1.1 404 ")
                .contains("/v1/status");
        assertThat(ask("DELETE /v1/status HTTP/1.1\r\n\r\n"))
                .startsWith("HTTP/1.1 405 ")
                .contains("use GET");
        assertThat(ask("GET /v1/reload HTTP/1.1\r\n\r\n"))
                .startsWith("HTTP/1.1 405 ")
                .contains("use POST");
    }

    @Test
    void oversizedRequestsAreCutOff() throws Exception {
        assertThat(ask("GET /" + "x".repeat(100_000) + " HTTP/1.1\r\n\r\n")).startsWith("HTTP/1.1 414 ");
        assertThat(ask("GET /v1/status HTTP/1.1\r\nX: " + "x".repeat(100_000) + "\r\n\r\n"))
                .startsWith("HTTP/1.1 431 ");
        assertThat(ask("POST /v1/run HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n"))
                .startsWith("HTTP/1.1 413 ")
                .contains("\"code\":\"body-too-large\"")
                .containsOnlyOnce("HTTP/1.1");
        var chunk = "4000\r\n" + "x".repeat(0x4000) + "\r\n";
        assertThat(ask("POST /v1/run HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk.repeat(16)))
                .startsWith("HTTP/1.1 413 ");
    }

    @Test
    void deeplyNestedJsonIsRefused() throws Exception {
        var body = "{\"kind\":".repeat(7000);
        assertThat(ask("POST /v1/run HTTP/1.1\r\nContent-Length: " + body.length() + "\r\n\r\n" + body))
                .startsWith("HTTP/1.1 400 ");
    }

    @Test
    void aClientThatDripsBytesIsEndedAfterTheLimit() throws Exception {
        try (var channel = open()) {
            var reader = new Response(channel);
            Await.until("the answer", Await.SOON, () -> {
                drip(channel);
                return reader.poll();
            });
            assertThat(reader.text()).startsWith("HTTP/1.1 408 ");
        }
    }

    @Test
    void aClientThatDoesNotReadIsEndedAfterTheLimit() throws Exception {
        var idle = new ArrayList<SocketChannel>();
        try {
            for (int i = 0; i < LIMITS.perPrivileged(); i++) {
                var channel = open();
                channel.write(ascii("GET /v1/tree HTTP/1.1\r\n\r\n"));
                idle.add(channel);
            }
            Await.until(
                    "a place is free",
                    Await.SOON,
                    () -> ask("GET /v1/status HTTP/1.1\r\n\r\n").startsWith("HTTP/1.1 200 "));
        } finally {
            for (var channel : idle) {
                channel.close();
            }
        }
    }

    @Test
    void connectionsBeyondTheLimitAreToldSo() throws Exception {
        var gate = new CountDownLatch(1);
        daemon.gate = gate;
        var open = new ArrayList<SocketChannel>();
        try {
            for (int i = 0; i < LIMITS.perPrivileged(); i++) {
                var channel = open();
                channel.write(ascii("GET /v1/status HTTP/1.1\r\n\r\n"));
                open.add(channel);
            }
            Await.until("all are being served", Await.SOON, () -> daemon.asked.size() == LIMITS.perPrivileged());
            assertThat(ask("")).startsWith("HTTP/1.1 503 ").contains("too many connections");
            gate.countDown();
            for (var channel : open) {
                assertThat(readAll(channel)).startsWith("HTTP/1.1 200 ");
            }
        } finally {
            gate.countDown();
            daemon.gate = null;
            for (var channel : open) {
                channel.close();
            }
        }
    }

    @Test
    void aClientThatFindsNoRoomTriesAgain() throws Exception {
        var gate = new CountDownLatch(1);
        daemon.gate = gate;
        var open = new ArrayList<SocketChannel>();
        try (var threads =
                Executors.newThreadPerTaskExecutor(Thread.ofPlatform().factory())) {
            for (int i = 0; i < LIMITS.perPrivileged(); i++) {
                open.add(open());
                open.getLast().write(ascii("GET /v1/status HTTP/1.1\r\n\r\n"));
            }
            Await.until("all are being served", Await.SOON, () -> daemon.asked.size() == LIMITS.perPrivileged());
            var thread = new AtomicReference<Thread>();
            var answer = threads.submit(() -> {
                thread.set(Thread.currentThread());
                return new ControlClient(socket.path(), Duration.ofSeconds(10)).status();
            });
            Await.until(
                    "its wait for room",
                    Await.SOON,
                    () -> thread.get() != null && thread.get().getState() == Thread.State.TIMED_WAITING);
            gate.countDown();
            assertThat(answer.get()).isEqualTo(RecordingDaemon.STATUS);
        } finally {
            gate.countDown();
            for (var channel : open) {
                channel.close();
            }
        }
    }

    @Test
    void randomBytesDoNoHarm() throws Exception {
        var random = new Random(20_260_101);
        for (int i = 0; i < 300; i++) {
            var bytes = new byte[random.nextInt(2000)];
            random.nextBytes(bytes);
            try (var channel = open()) {
                channel.write(ByteBuffer.wrap(bytes));
            } catch (IOException e) {
                assertThat(e).hasMessageContaining("Broken pipe");
            }
        }
    }

    private static void drip(SocketChannel channel) {
        try {
            channel.write(ascii("G"));
        } catch (IOException e) {
            // Ended by the server: what the test waits for.
        }
    }

    private SocketChannel open() throws IOException {
        return SocketChannel.open(UnixDomainSocketAddress.of(socket.path()));
    }

    private String ask(String request) throws IOException {
        try (var channel = open()) {
            try {
                var bytes = ascii(request);
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
            } catch (IOException e) {
                // The server refused before it had read everything.
            }
            return readAll(channel);
        }
    }

    private static String readAll(SocketChannel channel) throws IOException {
        var response = new Response(channel);
        channel.configureBlocking(true);
        while (!response.read()) {
            // until the server closes
        }
        return response.text();
    }

    private static ByteBuffer ascii(String text) {
        return ByteBuffer.wrap(text.getBytes(ISO_8859_1));
    }

    /** What the server has sent so far. */
    private static final class Response {
        private final SocketChannel channel;
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private final ByteBuffer buffer = ByteBuffer.allocate(65_536);

        Response(SocketChannel channel) {
            this.channel = channel;
        }

        boolean poll() throws IOException {
            channel.configureBlocking(false);
            return read();
        }

        boolean read() throws IOException {
            int count;
            try {
                count = channel.read(buffer.clear());
            } catch (IOException e) {
                // Linux says ECONNRESET once what the server did not read is thrown away (unix(7)).
                return true;
            }
            bytes.write(buffer.array(), 0, Math.max(0, count));
            return count < 0;
        }

        String text() {
            return bytes.toString(ISO_8859_1);
        }
    }
}

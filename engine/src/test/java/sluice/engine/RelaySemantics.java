// SPDX-License-Identifier: Apache-2.0
package sluice.engine;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.InputStream;
import java.io.OutputStream;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.zip.CRC32C;
import java.util.zip.CheckedOutputStream;
import org.junit.jupiter.api.Test;
import sluice.engine.flow.Flow;
import sluice.engine.flow.FlowEnd;
import sluice.testkit.Await;
import sluice.testkit.Scale;

/** What a connection through the engine is like: as the direct one, whatever happens at its ends. */
abstract class RelaySemantics {
    static final int MEBIBYTE = 1 << 20;

    /** This test's engine. */
    abstract Rig rig();

    @Test
    void bytesGoBothWaysAndAreCounted() throws Exception {
        var rig = rig();
        rig.server(connection -> {
            var word = connection.getInputStream().readNBytes(5);
            connection.getOutputStream().write((new String(word, US_ASCII) + " yourself").getBytes(US_ASCII));
        });
        try (var client = rig.connect()) {
            client.getOutputStream().write("hello".getBytes(US_ASCII));
            assertThat(client.getInputStream().readAllBytes()).asString().isEqualTo("hello yourself");
        }
        var flow = rig.ended(1);
        assertThat(rig.end()).isEqualTo(FlowEnd.FINISHED);
        assertThat(flow.sent()).isEqualTo(5);
        assertThat(flow.received()).isEqualTo(14);
        assertThat(flow.path().outbounds()).containsExactly("direct");
        assertThat(rig.started).containsExactly(flow);
        assertThat(rig.engine.flows()).isEmpty();
    }

    @Test
    void aClientThatHasFinishedStillGetsItsAnswer() throws Exception {
        var rig = rig();
        rig.server(connection -> {
            var request = connection.getInputStream().readAllBytes();
            connection.getOutputStream().write(request);
        });
        var sent = new byte[MEBIBYTE];
        new Random(1).nextBytes(sent);
        try (var client = rig.connect()) {
            client.getOutputStream().write(sent);
            client.shutdownOutput();
            assertThat(client.getInputStream().readAllBytes()).isEqualTo(sent);
        }
        assertThat(rig.end()).isEqualTo(FlowEnd.FINISHED);
    }

    @Test
    void aServerMaySpeakFirst() throws Exception {
        var rig = rig();
        rig.server(connection -> connection.getOutputStream().write("220 ready".getBytes(US_ASCII)));
        try (var client = rig.connect()) {
            assertThat(client.getInputStream().readAllBytes()).asString().isEqualTo("220 ready");
        }
    }

    @Test
    void aResetByTheServerReachesTheClientAsReset() throws Exception {
        var rig = rig();
        rig.server(connection -> {
            connection.getInputStream().readNBytes(1);
            connection.setSoLinger(true, 0);
        });
        try (var client = rig.connect()) {
            client.getOutputStream().write('x');
            assertThatThrownBy(() -> client.getInputStream().read())
                    .isInstanceOf(SocketException.class)
                    .hasMessageContaining("reset");
        }
        assertThat(rig.end()).isEqualTo(FlowEnd.UPSTREAM_RESET);
    }

    @Test
    void aResetByTheClientReachesTheServerAsReset() throws Exception {
        var rig = rig();
        var seen = new CompletableFuture<String>();
        rig.server(connection -> {
            connection.getOutputStream().write('x');
            try {
                seen.complete("read " + connection.getInputStream().read());
            } catch (SocketException e) {
                seen.complete(String.valueOf(e.getMessage()));
            }
        });
        var client = rig.connect();
        assertThat(client.getInputStream().read()).isEqualTo('x');
        client.setSoLinger(true, 0);
        client.close();
        assertThat(seen.get()).contains("reset");
        assertThat(rig.end()).isEqualTo(FlowEnd.CLIENT_RESET);
    }

    @Test
    void whatTheServerSaidBeforeItsResetArrives() throws Exception {
        var rig = rig();
        rig.server(connection -> {
            connection.getInputStream().readNBytes(1);
            connection.getOutputStream().write("421 too many".getBytes(US_ASCII));
            connection.setSoLinger(true, 0);
        });
        try (var client = rig.connect()) {
            client.getOutputStream().write('x');
            assertThat(client.getInputStream().readNBytes(12)).asString().isEqualTo("421 too many");
            assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketException.class);
        }
    }

    @Test
    void aClientThatResetsAfterItsFinEndsTheFlow() throws Exception {
        var rig = rig();
        var reading = new CountDownLatch(1);
        rig.server(connection -> {
            assertThat(connection.getInputStream().read()).isEqualTo(-1);
            reading.countDown();
            assertThatThrownBy(() -> send(connection.getOutputStream(), 1000 * MEBIBYTE))
                    .isInstanceOf(SocketException.class);
        });
        var client = rig.connect();
        client.shutdownOutput();
        reading.await();
        client.setSoLinger(true, 0);
        client.close();
        assertThat(rig.end()).isEqualTo(FlowEnd.CLIENT_RESET);
    }

    @Test
    void aClosedPortIsAReset() throws Exception {
        var rig = rig();
        rig.nobody();
        // Sometimes before connect(2) has returned.
        assertThatThrownBy(() -> rig.connect().getInputStream().read()).isInstanceOf(SocketException.class);
        assertThat(rig.end()).isEqualTo(FlowEnd.REFUSED);
    }

    @Test
    void muchGoesBothWaysAtOnce() throws Exception {
        var rig = rig();
        int bytes = 64 * MEBIBYTE;
        var atServer = new CompletableFuture<Long>();
        rig.server(connection -> {
            var sender = Thread.ofVirtual()
                    .start(() -> Await.ignoringFailure(() -> {
                        send(connection.getOutputStream(), bytes);
                        connection.shutdownOutput();
                    }));
            atServer.complete(checksum(connection.getInputStream()));
            sender.join();
        });
        try (var client = rig.connect()) {
            var sender = Thread.ofVirtual()
                    .start(() -> Await.ignoringFailure(() -> {
                        send(client.getOutputStream(), bytes);
                        client.shutdownOutput();
                    }));
            long expected = checksumOf(bytes);
            assertThat(checksum(client.getInputStream())).isEqualTo(expected);
            sender.join();
            assertThat(atServer.get()).isEqualTo(expected);
        }
        var flow = rig.ended(1);
        assertThat(flow.sent()).isEqualTo(bytes);
        assertThat(flow.received()).isEqualTo(bytes);
        assertThat(rig.end()).isEqualTo(FlowEnd.FINISHED);
    }

    @Test
    void urgentBytesArriveInTheirPlace() throws Exception {
        var rig = rig();
        var atServer = new CompletableFuture<byte[]>();
        rig.server(connection -> {
            connection.getOutputStream().write("one ".getBytes(US_ASCII));
            connection.sendUrgentData('2');
            connection.getOutputStream().write(" three".getBytes(US_ASCII));
            atServer.complete(connection.getInputStream().readAllBytes());
        });
        try (var client = rig.connect()) {
            client.getOutputStream().write("before".getBytes(US_ASCII));
            client.sendUrgentData('!');
            client.getOutputStream().write("after".getBytes(US_ASCII));
            client.shutdownOutput();
            assertThat(client.getInputStream().readAllBytes()).asString().isEqualTo("one 2 three");
            assertThat(atServer.get()).asString().isEqualTo("before!after");
        }
        assertThat(rig.end()).isEqualTo(FlowEnd.FINISHED);
    }

    @Test
    void anUrgentByteAmongManyOthersEndsNothing() throws Exception {
        var rig = rig();
        int half = 8 * MEBIBYTE;
        var atServer = new CompletableFuture<Long>();
        rig.server(connection -> atServer.complete(checksum(connection.getInputStream())));
        try (var client = rig.connect()) {
            send(client.getOutputStream(), half);
            // Other than what writes, what sends such a byte does not wait for room.
            Await.until("room for a byte", Rig.SOON, () -> {
                client.sendUrgentData('!');
                return true;
            });
            send(client.getOutputStream(), half);
            client.shutdownOutput();
            var expected = sum();
            send(expected, half);
            expected.write('!');
            send(expected, half);
            assertThat(atServer.get()).isEqualTo(expected.getChecksum().getValue());
        }
        assertThat(rig.ended(1).sent()).isEqualTo(2L * half + 1);
        assertThat(rig.end()).isEqualTo(FlowEnd.FINISHED);
    }

    @Test
    void aReaderThatSleepsLosesNothingAndHoldsLittle() throws Exception {
        var rig = rig();
        int bytes = 128 * MEBIBYTE;
        rig.server(connection -> send(connection.getOutputStream(), bytes));
        try (var client = rig.connect()) {
            Await.until("the flow has begun", Rig.SOON, () -> !rig.started.isEmpty());
            var flow = rig.started.element();
            // What fits into the sockets' buffers has been passed on once the count stands still.
            long[] last = {-1};
            Await.until("standstill", Rig.SOON, () -> {
                long now = flow.received();
                boolean still = now == last[0] && now > 0;
                last[0] = now;
                return still;
            });
            assertThat(flow.received()).isLessThan(bytes / 2);
            assertThat(checksum(client.getInputStream())).isEqualTo(checksumOf(bytes));
        }
    }

    @Test
    void manyShortFlowsArriveWhole() throws Exception {
        int flows = Scale.of(300, 10_000);
        var rig = rig();
        rig.server(connection -> {
            var request = connection.getInputStream().readAllBytes();
            var sum = new CRC32C();
            sum.update(request);
            connection
                    .getOutputStream()
                    .write(ByteBuffer.allocate(Long.BYTES)
                            .putLong(sum.getValue())
                            .array());
            connection.getOutputStream().write(request);
        });
        var random = new Random(4);
        for (int i = 0; i < flows; i++) {
            var request = new byte[random.nextInt(1 << random.nextInt(1, 18))];
            random.nextBytes(request);
            var sum = new CRC32C();
            sum.update(request);
            try (var client = rig.connect()) {
                client.getOutputStream().write(request);
                client.shutdownOutput();
                var answer = ByteBuffer.wrap(client.getInputStream().readAllBytes());
                assertThat(answer.getLong()).isEqualTo(sum.getValue());
                assertThat(answer).isEqualTo(ByteBuffer.wrap(request));
            }
        }
        rig.ended(flows);
        assertThat(rig.ended).allMatch(flow -> reason(flow) == FlowEnd.FINISHED);
        assertThat(rig.engine.counters().ended()).containsEntry(FlowEnd.FINISHED, (long) flows);
    }

    private static FlowEnd reason(Flow flow) {
        return Objects.requireNonNull(flow.ended()).reason();
    }

    static void send(OutputStream to, int bytes) throws Exception {
        var block = new byte[128 << 10];
        new Random(2).nextBytes(block);
        for (int left = bytes; left > 0; left -= block.length) {
            to.write(block);
        }
    }

    static long checksumOf(int bytes) throws Exception {
        var sum = sum();
        send(sum, bytes);
        return sum.getChecksum().getValue();
    }

    private static CheckedOutputStream sum() {
        return new CheckedOutputStream(OutputStream.nullOutputStream(), new CRC32C());
    }

    static long checksum(InputStream from) throws Exception {
        var sum = new CRC32C();
        var block = new byte[128 << 10];
        for (int count = from.read(block); count >= 0; count = from.read(block)) {
            sum.update(block, 0, count);
        }
        return sum.getValue();
    }
}

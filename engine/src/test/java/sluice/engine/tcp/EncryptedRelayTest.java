// SPDX-License-Identifier: Apache-2.0
package sluice.engine.tcp;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import sluice.bounds.Bounds;
import sluice.engine.flow.FlowEnd;
import sluice.engine.outbound.SecureStream;
import sluice.engine.outbound.Upstream;
import sluice.engine.park.Deadline;
import sluice.engine.park.ParkedSocket;
import sluice.engine.park.Parking;
import sluice.linux.Errno;
import sluice.linux.SystemCallException;
import sluice.rules.EngineSettings;
import sluice.rules.Sniffing;
import sluice.testkit.Await;

@Timeout(200)
class EncryptedRelayTest {
    private final TcpRig rig;

    EncryptedRelayTest() throws IOException {
        rig = new TcpRig(EngineSettings.DEFAULT);
    }

    @AfterEach
    void close() throws IOException {
        rig.close();
    }

    @Test
    void anEncryptedFlowIsCarriedBothWaysAndHalfCloses() throws Exception {
        rig.dialer.set((_, _) -> new Upstream.Encrypted(new Scrambled(rig.parked())));
        var sent = new byte[3 << 20];
        new Random(3).nextBytes(sent);
        try (var client = rig.connect();
                var upstream = rig.server.accept()) {
            var echo = Thread.ofVirtual()
                    .start(() -> Await.ignoringFailure(() -> {
                        upstream.getInputStream().transferTo(upstream.getOutputStream());
                        upstream.shutdownOutput();
                    }));
            var sender = Thread.ofVirtual()
                    .start(() -> Await.ignoringFailure(() -> {
                        client.getOutputStream().write(sent);
                        client.shutdownOutput();
                    }));
            assertThat(client.getInputStream().readAllBytes()).isEqualTo(sent);
            sender.join();
            echo.join();
        }
        var flow = rig.ended();
        assertThat(TcpRig.reason(flow)).isEqualTo(FlowEnd.FINISHED);
        assertThat(flow.sent()).isEqualTo(sent.length);
        assertThat(flow.received()).isEqualTo(sent.length);
        assertThat(rig.parking.size()).isZero();
    }

    @Test
    void anEncryptedFlowPassesResetsOn() throws Exception {
        rig.dialer.set((_, _) -> new Upstream.Encrypted(new Scrambled(rig.parked())));
        try (var client = rig.connect()) {
            var upstream = rig.server.accept();
            // Once its byte has arrived the negotiation is over.
            upstream.getOutputStream().write('x');
            assertThat(client.getInputStream().read()).isEqualTo('x');
            TcpRig.reset(upstream);
            assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketException.class);
        }
        assertThat(rig.end()).isEqualTo(FlowEnd.UPSTREAM_RESET);
        var client = rig.connect();
        try (var upstream = rig.server.accept()) {
            client.getOutputStream().write('x');
            assertThat(upstream.getInputStream().read()).isEqualTo('x');
            TcpRig.reset(client);
            assertThatThrownBy(() -> upstream.getInputStream().read()).isInstanceOf(SocketException.class);
        }
        assertThat(rig.end()).isEqualTo(FlowEnd.CLIENT_RESET);
    }

    @Test
    void anEncryptedFlowThatIsCutOffIsReset() throws Exception {
        rig.dialer.set((_, _) -> new Upstream.Encrypted(new Scrambled(rig.parked()) {
            @Override
            public boolean isCutOff() {
                return true;
            }
        }));
        try (var client = rig.connect()) {
            var upstream = rig.server.accept();
            upstream.getOutputStream().write('x');
            assertThat(client.getInputStream().read()).isEqualTo('x');
            upstream.close();
            assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketException.class);
        }
        var flow = rig.ended();
        assertThat(TcpRig.reason(flow)).isEqualTo(FlowEnd.UPSTREAM_RESET);
        assertThat(TcpRig.detail(flow)).isEqualTo("TLS ended without close_notify, so something may be missing");
    }

    @Test
    void aPeerThatIsGoneIsAnOrdinaryEnd() throws Exception {
        for (int error : new int[] {Errno.EPIPE, Errno.ECONNRESET}) {
            rig.dialer.set((_, _) -> new Upstream.Encrypted(new Scrambled(rig.parked()) {
                @Override
                public void write(ByteBuffer from, Deadline deadline) throws IOException {
                    throw SystemCallException.of("write to", "a TCP connection", error);
                }
            }));
            try (var client = rig.connect();
                    var _ = rig.server.accept()) {
                client.getOutputStream().write('x');
                var flow = rig.ended();
                assertThat(TcpRig.reason(flow)).isEqualTo(FlowEnd.UPSTREAM_RESET);
                assertThat(TcpRig.detail(flow)).isEmpty();
            }
        }
    }

    @Test
    void closingEndsEncryptedFlows() throws Exception {
        rig.dialer.set((_, _) -> new Upstream.Encrypted(new Scrambled(rig.parked())));
        try (var _ = rig.connect();
                var _ = rig.server.accept()) {
            Await.until("carried", TcpRig.SOON, () -> rig.engine.encrypted().size() == 1);
            rig.engine.close();
            assertThat(rig.end()).isEqualTo(FlowEnd.STOPPED);
        }
    }

    @Test
    void aHalfClosedEncryptedFlowIsEndedSooner() throws Exception {
        try (var impatient = new TcpRig(settings(Duration.ofHours(1), Duration.ofMillis(200)))) {
            impatient.dialer.set((_, _) -> new Upstream.Encrypted(new Scrambled(impatient.parked())));
            try (var client = impatient.connect();
                    var upstream = impatient.server.accept()) {
                TcpRig.exchange(client, upstream);
                client.shutdownOutput();
                assertThat(upstream.getInputStream().read()).isEqualTo(-1);
                assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketException.class);
            }
            assertThat(impatient.end()).isEqualTo(FlowEnd.HALF_CLOSED);
        }
    }

    @Test
    void anEncryptedFlowIsIdleOnlyWhenNeitherDirectionMoves() throws Exception {
        var idle = Duration.ofMillis(500);
        try (var impatient = new TcpRig(settings(idle, Duration.ZERO))) {
            impatient.dialer.set((_, _) -> new Upstream.Encrypted(new Scrambled(impatient.parked())));
            try (var client = impatient.connect();
                    var upstream = impatient.server.accept()) {
                // More than the client, which does not read, has room for.
                flood(upstream, new byte[16 << 20]);
                client.setTcpNoDelay(true);
                long begun = System.nanoTime();
                while (System.nanoTime() - begun < 3 * idle.toNanos()) {
                    client.getOutputStream().write('x');
                    assertThat(upstream.getInputStream().read()).isEqualTo('x');
                }
                assertThat(impatient.end()).isEqualTo(FlowEnd.IDLE);
            }
        }
    }

    @Test
    void moreReadersThatAreTooSlowThanThereAreBuffersForEndTheirFlows() throws Exception {
        try (var small = new TcpRig(EngineSettings.DEFAULT, Parking.start(1, new Bounds(Bounds.Listener.NONE)))) {
            small.dialer.set((_, _) -> new Upstream.Encrypted(new Scrambled(small.parked())));
            var bytes = new byte[16 << 20];
            try (var first = small.connect();
                    var _ = flood(small.server.accept(), bytes);
                    var second = small.connect();
                    var _ = flood(small.server.accept(), bytes)) {
                assertThat(small.end()).isEqualTo(FlowEnd.LIMIT);
                assertThat(arrives(first, bytes) ^ arrives(second, bytes))
                        .as("the one that was allowed to wait goes on")
                        .isTrue();
            }
        }
    }

    private static Socket flood(Socket connection, byte[] bytes) {
        Thread.ofVirtual()
                .start(() ->
                        Await.ignoringFailure(() -> connection.getOutputStream().write(bytes)));
        return connection;
    }

    private static boolean arrives(Socket client, byte[] bytes) throws IOException {
        try {
            return client.getInputStream().readNBytes(bytes.length).length == bytes.length;
        } catch (SocketException _) {
            return false;
        }
    }

    @Test
    void thePeersOfAnEncryptedFlowAreProbed() throws Exception {
        rig.dialer.set((_, _) -> new Upstream.Encrypted(new Scrambled(rig.parked())));
        try (var client = rig.connect();
                var upstream = rig.server.accept()) {
            TcpRig.exchange(client, upstream);
            Await.until("probes of the application", TcpRig.SOON, () -> timer("sport", client.getPort()));
            Await.until("probes of the proxy", TcpRig.SOON, () -> timer("dport", rig.server.getLocalPort()));
        }
    }

    /** Whether the kernel counts the time until it probes the peer of this connection. */
    private static boolean timer(String end, int port) throws IOException {
        var shown = new ProcessBuilder("ss", "-4tnoH", "state", "established", end + " = :" + port).start();
        return new String(shown.getInputStream().readAllBytes(), US_ASCII).contains("timer:(keepalive,");
    }

    @Test
    void nothingIsCountedOnceAFlowHasEnded() throws Exception {
        var writing = new CompletableFuture<Thread>();
        var goOn = new CountDownLatch(1);
        rig.dialer.set((_, _) -> new Upstream.Encrypted(new Scrambled(rig.parked()) {
            @Override
            public void write(ByteBuffer from, Deadline deadline) {
                from.position(from.limit());
                writing.complete(Thread.currentThread());
                Await.ignoringFailure(goOn::await);
            }
        }));
        try (var client = rig.connect()) {
            client.getOutputStream().write('x');
            var writer = writing.get();
            rig.engine.close();
            var flow = rig.ended();
            assertThat(flow.sent()).isZero();
            goOn.countDown();
            assertThat(writer.join(TcpRig.SOON)).isTrue();
            assertThat(flow.sent()).isZero();
        }
    }

    private static EngineSettings settings(Duration idle, Duration halfClose) {
        return new EngineSettings(
                Duration.ofSeconds(10), idle, halfClose, Duration.ofSeconds(60), 0, 0, true, Sniffing.DEFAULT, false);
    }

    /** A stream that encrypts nothing. */
    private static class Scrambled implements SecureStream {
        private final ParkedSocket socket;

        Scrambled(ParkedSocket socket) {
            this.socket = socket;
        }

        @Override
        public int read(ByteBuffer into, Deadline deadline) throws IOException {
            return socket.read(into, deadline);
        }

        @Override
        public int tryRead(ByteBuffer into) throws IOException {
            return socket.tryRead(into);
        }

        @Override
        public boolean isCutOff() {
            return false;
        }

        @Override
        public void awaitReadable(Deadline deadline) throws IOException {
            socket.awaitReadable(deadline);
        }

        @Override
        public void write(ByteBuffer from, Deadline deadline) throws IOException {
            socket.write(from, deadline);
        }

        @Override
        public void shutdownWrite(Deadline deadline) throws IOException {
            socket.shutdownWrite();
        }

        @Override
        public void option(int level, int name, int value) throws IOException {
            socket.option(level, name, value);
        }

        @Override
        public void abort() {
            socket.abort();
        }

        @Override
        public void close() {
            socket.close();
        }
    }
}

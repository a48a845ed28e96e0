// SPDX-License-Identifier: Apache-2.0
package sluice.engine.tcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import sluice.engine.flow.FlowEnd;
import sluice.engine.outbound.SecureStream;
import sluice.engine.outbound.Upstream;
import sluice.engine.park.Deadline;
import sluice.engine.park.ParkedSocket;
import sluice.rules.EngineSettings;
import sluice.testkit.Await;

@Timeout(60)
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
    void closingEndsEncryptedFlows() throws Exception {
        rig.dialer.set((_, _) -> new Upstream.Encrypted(new Scrambled(rig.parked())));
        try (var _ = rig.connect();
                var _ = rig.server.accept()) {
            Await.until("carried", TcpRig.SOON, () -> rig.engine.encrypted().size() == 1);
            rig.engine.close();
            assertThat(rig.end()).isEqualTo(FlowEnd.STOPPED);
        }
    }

    /** A stream that encrypts nothing. */
    private record Scrambled(ParkedSocket socket) implements SecureStream {
        @Override
        public int read(ByteBuffer into, Duration timeout) throws IOException {
            return socket.read(into, Deadline.in(timeout));
        }

        @Override
        public int tryRead(ByteBuffer into) throws IOException {
            return socket.tryRead(into);
        }

        @Override
        public void awaitReadable(Deadline deadline) throws IOException {
            socket.awaitReadable(deadline);
        }

        @Override
        public void write(ByteBuffer from, Duration timeout) throws IOException {
            socket.write(from, Deadline.in(timeout));
        }

        @Override
        public void shutdownWrite(Duration timeout) throws IOException {
            socket.shutdownWrite();
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

// SPDX-License-Identifier: Apache-2.0
package sluice.engine.tcp;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import sluice.engine.flow.FlowEnd;
import sluice.engine.outbound.DialException;
import sluice.engine.outbound.Upstream;
import sluice.rules.EngineSettings;
import sluice.testkit.Await;

@Timeout(200)
class NegotiatedRelayTest {
    private final TcpRig rig;

    NegotiatedRelayTest() throws IOException {
        rig = new TcpRig(EngineSettings.DEFAULT);
    }

    @AfterEach
    void close() throws IOException {
        rig.close();
    }

    @Test
    void whatTheProxySaidTooSoonComesFirst() throws Exception {
        var early = "early ".repeat(20_000).getBytes(US_ASCII);
        rig.dialer.set((_, _) -> new Upstream.Bare(rig.connected(), ByteBuffer.wrap(early)));
        try (var client = rig.connect();
                var upstream = rig.server.accept()) {
            client.getOutputStream().write("question".getBytes(US_ASCII));
            assertThat(upstream.getInputStream().readNBytes(8)).asString().isEqualTo("question");
            upstream.getOutputStream().write("answer".getBytes(US_ASCII));
            upstream.shutdownOutput();
            assertThat(client.getInputStream().readAllBytes()).asString().isEqualTo("early ".repeat(20_000) + "answer");
        }
        var flow = rig.ended();
        assertThat(TcpRig.reason(flow)).isEqualTo(FlowEnd.FINISHED);
        assertThat(flow.received()).isEqualTo(early.length + 6);
        assertThat(flow.path().outbounds()).containsExactly("office");
    }

    @Test
    void aFailedNegotiationResetsTheClientAndSaysWhy() throws Exception {
        rig.dialer.set((_, _) -> {
            throw new DialException(FlowEnd.PROXY_FAILED, "office: the proxy talks nonsense");
        });
        assertThatThrownBy(() -> rig.connect().getInputStream().read()).isInstanceOf(SocketException.class);
        var flow = rig.ended();
        assertThat(TcpRig.reason(flow)).isEqualTo(FlowEnd.PROXY_FAILED);
        assertThat(Objects.requireNonNull(flow.ended()).detail()).isEqualTo("office: the proxy talks nonsense");
    }

    @Test
    void aNegotiationThatFindsNoDescriptorIsCountedAsRefused() throws Exception {
        rig.dialer.set((_, _) -> {
            throw new DialException(FlowEnd.LIMIT, "office: too many open files");
        });
        assertThatThrownBy(() -> rig.connect().getInputStream().read()).isInstanceOf(SocketException.class);
        assertThat(rig.end()).isEqualTo(FlowEnd.LIMIT);
        assertThat(rig.ledger.counters().overDescriptors()).isEqualTo(1);
    }

    @Test
    void aClientThatGivesUpEndsTheNegotiation() throws Exception {
        var dialling = new CountDownLatch(1);
        var interrupted = new CountDownLatch(1);
        rig.dialer.set((_, _) -> {
            dialling.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException _) {
                interrupted.countDown();
            }
            throw new DialException(FlowEnd.PROXY_FAILED, "interrupted");
        });
        var client = rig.connect();
        dialling.await();
        TcpRig.reset(client);
        assertThat(rig.end()).isEqualTo(FlowEnd.CLIENT_RESET);
        assertThat(interrupted.await(45, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void aConnectionThatComesTooLateIsClosed() throws Exception {
        var dialling = new CountDownLatch(1);
        var goOn = new CountDownLatch(1);
        rig.dialer.set((_, _) -> {
            dialling.countDown();
            while (goOn.getCount() > 0) {
                Await.ignoringFailure(goOn::await);
            }
            return new Upstream.Bare(rig.connected(), ByteBuffer.allocate(0));
        });
        var client = rig.connect();
        dialling.await();
        TcpRig.reset(client);
        assertThat(rig.end()).isEqualTo(FlowEnd.CLIENT_RESET);
        goOn.countDown();
        try (var upstream = rig.server.accept()) {
            assertThat(upstream.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void anErrorOfOursEndsItsFlowAndNoOthers() throws Exception {
        // No dialer: deciding the way fails.
        assertThatThrownBy(() -> rig.connect().getInputStream().read()).isInstanceOf(SocketException.class);
        var flow = rig.ended();
        assertThat(TcpRig.reason(flow)).isEqualTo(FlowEnd.STOPPED);
        assertThat(Objects.requireNonNull(flow.ended()).detail()).startsWith("internal error: ");
        rig.dialer.set((_, _) -> new Upstream.Bare(rig.connected(), ByteBuffer.allocate(0)));
        try (var client = rig.connect();
                var upstream = rig.server.accept()) {
            TcpRig.exchange(client, upstream);
        }
    }
}

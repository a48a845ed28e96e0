// SPDX-License-Identifier: Apache-2.0
package sluice.engine.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import sluice.engine.flow.FlowEnd;
import sluice.engine.outbound.DialException;
import sluice.engine.outbound.Upstream;
import sluice.linux.SocketConstants;
import sluice.linux.StreamSocket;
import sluice.linux.SystemCallException;
import sluice.rules.EngineSettings;
import sluice.testkit.Await;

/** Flows that fill buffers: they change threads, and wait for slow readers. */
@Timeout(200)
class HandOverTest {
    private static final int CLIENTS = 10;
    private static final int ROUNDS = 1000;
    private static final int MOST_ON_THE_WAY = 80_000;

    private final TcpRig rig;

    HandOverTest() throws IOException {
        rig = new TcpRig(EngineSettings.DEFAULT);
    }

    @AfterEach
    void close() throws IOException {
        rig.close();
    }

    @Test
    void aFlowIsBulkAsLongAsItMovesMuch() throws Exception {
        rig.dialer.set((_, _) -> new Upstream.Bare(rig.connected(), ByteBuffer.allocate(0)));
        try (var client = rig.connect();
                var upstream = rig.server.accept()) {
            TcpRig.exchange(client, upstream);
            assertThat(rig.engine.bulkFlows()).isZero();
            var much = new byte[8 << 20];
            new Random(5).nextBytes(much);
            var writer = Thread.ofPlatform()
                    .start(() -> Await.ignoringFailure(
                            () -> upstream.getOutputStream().write(much)));
            assertThat(client.getInputStream().readNBytes(much.length)).isEqualTo(much);
            writer.join();
            assertThat(rig.engine.bulkFlows()).isEqualTo(1);
            Await.until("not bulk any more", TcpRig.SOON, () -> {
                TcpRig.exchange(client, upstream);
                return rig.engine.bulkFlows() == 0;
            });
            TcpRig.exchange(client, upstream);
        }
        assertThat(rig.end()).isEqualTo(FlowEnd.FINISHED);
    }

    @Test
    void aClientThatResetsWhileItsFlowChangesThreadsEndsItsOwnFlowOnly() throws Exception {
        rig.server.setReceiveBufferSize(8 << 10);
        rig.dialer.set((_, _) -> new Upstream.Bare(narrow(), ByteBuffer.allocate(0)));
        var clients = new ArrayList<Socket>();
        for (int i = 0; i < CLIENTS; i++) {
            var client = rig.connect();
            TcpRig.exchange(client, rig.server.accept());
            clients.add(client);
        }
        try (var _ = rig.hold()) {
            // One event brings more than the server takes, and the reset.
            for (var client : clients) {
                client.getOutputStream().write(new byte[60_000]);
                TcpRig.reset(client);
            }
        }
        for (int i = 0; i < CLIENTS; i++) {
            assertThat(rig.end()).isEqualTo(FlowEnd.CLIENT_RESET);
        }
        assertThat(rig.engine.bulkFlows()).isZero();
        rig.engine.close();
        assertThat(rig.end()).isEqualTo(FlowEnd.STOPPED);
    }

    @Test
    void aReaderThatIsTooSlowForItsFlowCostsNoPipe() throws Exception {
        rig.server.setReceiveBufferSize(8 << 10);
        rig.dialer.set((_, _) -> new Upstream.Bare(narrow(), ByteBuffer.allocate(0)));
        var random = new Random(6);
        try (var client = rig.connect();
                var upstream = rig.server.accept()) {
            int onTheWay = 0;
            for (int round = 0; round < ROUNDS; round++) {
                int bytes = random.nextInt(1 << random.nextInt(1, 17));
                client.getOutputStream().write(new byte[bytes]);
                onTheWay += bytes;
                while (onTheWay > MOST_ON_THE_WAY) {
                    onTheWay -= upstream.getInputStream().read(new byte[random.nextInt(1, 1 << 15)]);
                }
            }
            client.shutdownOutput();
            assertThat(upstream.getInputStream().readAllBytes()).hasSize(onTheWay);
        }
        assertThat(rig.end()).isEqualTo(FlowEnd.FINISHED);
        rig.engine.close();
        assertThat(rig.engine.pipes()).isZero();
    }

    private StreamSocket narrow() throws DialException {
        try {
            var socket = rig.connected();
            socket.option(SocketConstants.SOL_SOCKET, SocketConstants.SO_SNDBUF, 16 << 10);
            return socket;
        } catch (SystemCallException e) {
            throw new DialException(FlowEnd.PROXY_FAILED, String.valueOf(e.getMessage()));
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import sluice.engine.flow.FlowEnd;
import sluice.engine.tcp.Tuning;
import sluice.linux.FileDescriptor;
import sluice.linux.InetEndpoint;
import sluice.rules.EngineSettings;
import sluice.rules.Sniffing;
import sluice.testkit.Await;

@Timeout(200)
class RelayTest extends RelaySemantics {
    private final Rig rig;

    RelayTest() throws Exception {
        rig = Rig.loopback();
    }

    @Override
    Rig rig() {
        return rig;
    }

    @AfterEach
    void close() throws Exception {
        rig.close();
    }

    @Test
    void aFlowToTheEngineItselfIsRefused() throws Exception {
        rig.to(Rig.LOOPBACK, rig.port());
        assertThatThrownBy(() -> rig.connect().getInputStream().read()).isInstanceOf(SocketException.class);
        assertThat(rig.end()).isEqualTo(FlowEnd.LOOP);
    }

    @Test
    void closingLeavesNoDescriptorBehind() throws Exception {
        // The first time the JDK opens some of its own.
        closeInTheMiddle();
        long before = Rig.openDescriptors();
        closeInTheMiddle();
        Await.until("descriptors as before", Rig.SOON, () -> Rig.openDescriptors() <= before);
    }

    private static void closeInTheMiddle() throws Exception {
        try (var other = Rig.loopback()) {
            other.server(connection -> send(connection.getOutputStream(), 1000 * MEBIBYTE));
            for (int i = 0; i < 20; i++) {
                assertThat(other.connect().getInputStream().readNBytes(MEBIBYTE))
                        .hasSize(MEBIBYTE);
            }
            other.engine.close();
            assertThat(other.ended)
                    .hasSize(20)
                    .allMatch(flow -> flow.ended() != null && flow.ended().reason() == FlowEnd.STOPPED);
        }
    }

    @Test
    void withoutPipesBytesAreCopied() throws Exception {
        try (var poor = Rig.loopback(EngineSettings.DEFAULT, new Tuning(Duration.ofHours(1), 0))) {
            poor.server(connection -> send(connection.getOutputStream(), 64 * MEBIBYTE));
            try (var client = poor.connect()) {
                assertThat(checksum(client.getInputStream())).isEqualTo(checksumOf(64 * MEBIBYTE));
            }
        }
    }

    @Test
    void aSilentFlowIsEnded() throws Exception {
        try (var impatient = Rig.loopback(settings(Duration.ofMillis(200), Duration.ofHours(1)), Tuning.DEFAULT)) {
            impatient.server(connection -> connection.getInputStream().transferTo(connection.getOutputStream()));
            try (var client = impatient.connect()) {
                for (int i = 0; i < 10; i++) {
                    client.getOutputStream().write(i);
                    assertThat(client.getInputStream().read()).isEqualTo(i);
                }
                assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketException.class);
            }
            assertThat(impatient.end()).isEqualTo(FlowEnd.IDLE);
        }
    }

    @Test
    void aHalfClosedFlowIsEndedSooner() throws Exception {
        try (var impatient = Rig.loopback(settings(Duration.ofHours(1), Duration.ofMillis(200)), Tuning.DEFAULT)) {
            impatient.server(connection -> {
                connection.getInputStream().readAllBytes();
                new CountDownLatch(1).await();
            });
            try (var client = impatient.connect()) {
                client.shutdownOutput();
                assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketException.class);
            }
            assertThat(impatient.end()).isEqualTo(FlowEnd.HALF_CLOSED);
        }
    }

    @Test
    void flowsBeyondTheLimitAreResetAndLaterOnesAreNot() throws Exception {
        var two = new EngineSettings(
                Duration.ofSeconds(10),
                Duration.ZERO,
                Duration.ZERO,
                Duration.ofSeconds(60),
                2,
                0,
                true,
                Sniffing.DEFAULT,
                false);
        try (var limited = Rig.loopback(two, Tuning.DEFAULT)) {
            limited.server(connection -> connection.getInputStream().transferTo(connection.getOutputStream()));
            var clients = new ArrayList<Socket>();
            for (int i = 0; i < 2; i++) {
                clients.add(limited.connect());
            }
            Await.until("two flows", Rig.SOON, () -> limited.engine.flows().size() == 2);
            assertThatThrownBy(() -> limited.connect().getInputStream().read()).isInstanceOf(SocketException.class);
            assertThat(limited.end()).isEqualTo(FlowEnd.LIMIT);
            assertThat(limited.engine.counters().overLimit()).isEqualTo(1);
            clients.getFirst().close();
            limited.ended(2);
            try (var client = limited.connect()) {
                client.getOutputStream().write('x');
                assertThat(client.getInputStream().read()).isEqualTo('x');
            }
            assertThat(limited.ended(3)).isNotNull();
        }
    }

    @Test
    void aReloadAddsAndRemovesTargetsAndKeepsFlows() throws Exception {
        rig.server(connection -> connection.getInputStream().transferTo(connection.getOutputStream()));
        try (var client = rig.connect()) {
            client.getOutputStream().write('x');
            assertThat(client.getInputStream().read()).isEqualTo('x');
            rig.engine.apply(Rig.configuration(EngineSettings.DEFAULT, 0, "block"));
            assertThat(rig.engine.ports()).containsOnlyKeys("block");
            client.getOutputStream().write('y');
            assertThat(client.getInputStream().read()).isEqualTo('y');
        }
        assertThat(rig.end()).isEqualTo(FlowEnd.FINISHED);
    }

    @Test
    void drainingWaitsForTheFlowsAndAcceptsNoMore() throws Exception {
        rig.server(connection -> connection.getInputStream().transferTo(connection.getOutputStream()));
        var client = rig.connect();
        client.getOutputStream().write('x');
        assertThat(client.getInputStream().read()).isEqualTo('x');
        rig.engine.drain(Duration.ofMillis(50));
        assertThat(rig.engine.flows()).hasSize(1);
        // In the queue of the listener, for whoever inherits it.
        var waiting = rig.connect();
        client.close();
        rig.engine.drain(Rig.SOON);
        assertThat(rig.engine.flows()).isEmpty();
        var inherited = new HashMap<String, FileDescriptor>();
        for (var entry : rig.engine.listeners().entrySet()) {
            inherited.put(entry.getKey(), entry.getValue().duplicate());
        }
        int port = rig.port();
        var server = new ServerSocket(0, 10, Rig.LOOPBACK);
        rig.engine.close();
        try (server;
                var next = Engine.start(
                        Rig.configuration(EngineSettings.DEFAULT, 0, "direct"),
                        inherited,
                        new Engine.Surroundings(Attribution.NONE, FlowListener.NONE, Optional.empty(), _ -> {}),
                        new Engine.Doors(
                                false, _ -> new InetEndpoint(Rig.LOOPBACK, server.getLocalPort()), Tuning.DEFAULT))) {
            assertThat(next.ports()).isEqualTo(Map.of("direct", port));
            try (var connection = server.accept()) {
                connection.getOutputStream().write('z');
                assertThat(waiting.getInputStream().read()).isEqualTo('z');
            }
        }
    }

    private static EngineSettings settings(Duration idle, Duration halfClose) {
        return new EngineSettings(
                Duration.ofSeconds(10), idle, halfClose, Duration.ofSeconds(60), 0, 0, true, Sniffing.DEFAULT, false);
    }
}

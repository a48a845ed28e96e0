// SPDX-License-Identifier: Apache-2.0
package sluice.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sluice.engine.flow.Flow;
import sluice.engine.flow.FlowEnd;
import sluice.engine.flow.Owner;
import sluice.engine.names.TestNames;
import sluice.engine.tcp.Tuning;
import sluice.linux.StreamSocket;
import sluice.rules.EngineSettings;
import sluice.testkit.Await;

/** What processes send to the engine's own ports, where nothing has redirected it. */
@Timeout(60)
class UnredirectedTest {
    private final Queue<Flow> flows = new ConcurrentLinkedQueue<>();
    private final AtomicInteger lookUps = new AtomicInteger();
    private @Nullable Engine engine;

    private Engine start(Redirector redirector) throws IOException {
        var listener = new FlowListener() {
            @Override
            public void started(Flow flow) {
                flows.add(flow);
            }

            @Override
            public void ended(Flow flow) {}
        };
        Attribution attribution = (transport, client, destination) -> {
            lookUps.incrementAndGet();
            return Owner.UNKNOWN;
        };
        var made = Engine.start(
                Rig.configuration(EngineSettings.DEFAULT, 0, "direct"),
                Map.of(),
                new Engine.Surroundings(attribution, listener, Optional.empty(), _ -> {}, _ -> new TestNames()),
                new Engine.Doors(false, StreamSocket::local, redirector, Tuning.DEFAULT));
        engine = made;
        return made;
    }

    @AfterEach
    void close() {
        if (engine != null) {
            engine.close();
        }
    }

    private static void assertReset(Engine to, String address) {
        assertThatThrownBy(() -> {
                    try (var client = new Socket()) {
                        client.setSoTimeout((int) Rig.SOON.toMillis());
                        client.connect(at(to, address), (int) Rig.SOON.toMillis());
                        client.getInputStream().read();
                    }
                })
                .isInstanceOf(SocketException.class);
    }

    private static InetSocketAddress at(Engine engine, String address) {
        return new InetSocketAddress(
                InetAddress.ofLiteral(address),
                engine.ports().values().iterator().next());
    }

    private static void send(Engine to, String address, int count) throws IOException {
        try (var socket = DatagramChannel.open()) {
            for (int i = 0; i < count; i++) {
                socket.send(ByteBuffer.wrap(new byte[] {1}), at(to, address));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1"})
    void isRefusedBeforeAnythingIsMadeOfIt(String address) throws Exception {
        var started = start(Redirector.TPROXY);
        for (int i = 0; i < 100; i++) {
            assertReset(started, address);
        }
        send(started, address, 100);
        Await.until("all are counted", Rig.SOON, () -> started.datagrams().getOrDefault("unredirected", 0L) == 100);
        assertThat(started.counters().unredirected()).isEqualTo(100);
        assertThat(started.counters().started()).isZero();
        assertThat(flows).isEmpty();
        assertThat(lookUps).hasValue(0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1"})
    void isCarriedIfTheRedirectorHasSentItThere(String address) throws Exception {
        var sources = new ConcurrentLinkedQueue<String>();
        var started = start((transport, source) ->
                sources.add(transport + " " + source.address().getHostAddress()));
        assertReset(started, address);
        send(started, address, 1);
        Await.until("both are flows", Rig.SOON, () -> flows.size() == 2);
        // Carried by nobody but itself.
        Await.until(
                "they would loop",
                Rig.SOON,
                () -> List.copyOf(flows).stream()
                        .allMatch(flow -> flow.ended() != null && flow.ended().reason() == FlowEnd.LOOP));
        var from = InetAddress.ofLiteral(address).getHostAddress();
        assertThat(sources).containsExactlyInAnyOrder("TCP " + from, "UDP " + from);
        assertThat(started.counters().unredirected()).isZero();
    }
}

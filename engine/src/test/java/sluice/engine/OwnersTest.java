// SPDX-License-Identifier: Apache-2.0
package sluice.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sluice.dns.NameService;
import sluice.engine.flow.Flow;
import sluice.engine.flow.FlowEnd;
import sluice.engine.flow.Owner;
import sluice.engine.flow.Transport;
import sluice.engine.names.TestNames;
import sluice.engine.tcp.Tuning;
import sluice.linux.InetEndpoint;
import sluice.rules.ConfigurationReader;
import sluice.rules.Marks;
import sluice.rules.UserLookup;
import sluice.testkit.Await;

/** When the engine asks whose a TCP flow is: while the client is there, and only where somebody wants to know. */
@Timeout(200)
class OwnersTest {
    private static final Owner SOMEBODY = new Owner("/app.slice/app-firefox-1.scope", 1000, -1, null);

    private final AtomicInteger asked = new AtomicInteger();
    private final Queue<Flow> started = new ConcurrentLinkedQueue<>();
    private final ServerSocket server = new ServerSocket(0, 50, Rig.LOOPBACK);
    private final TestNames names =
            new TestNames().fake("198.18.0.7", "web.example").host("web.example", "127.0.0.1");
    private volatile InetAddress destination = Rig.LOOPBACK;
    private volatile Owner owner = SOMEBODY;
    private @Nullable NameService dns;
    private Engine engine = start("");

    OwnersTest() throws Exception {}

    private Engine start(String yaml) throws Exception {
        var configuration = new ConfigurationReader(UserLookup.passwd(""))
                .read("test.yaml", ("version: 1\n" + yaml).getBytes(UTF_8))
                .configuration();
        Attribution attribution = (transport, client, destination) -> {
            assertThat(transport).isEqualTo(Transport.TCP);
            asked.incrementAndGet();
            return owner;
        };
        var listener = new FlowListener() {
            @Override
            public void started(Flow flow) {
                started.add(flow);
            }

            @Override
            public void ended(Flow flow) {}
        };
        return Engine.start(
                new EngineConfiguration(
                        Set.of("direct"),
                        configuration.outbounds(),
                        configuration.routes(),
                        new Marks(-1, 0, 0),
                        configuration.engine()),
                Map.of(),
                new Engine.Surroundings(attribution, listener, Optional.empty(), _ -> {}, _ -> dns),
                new Engine.Doors(false, _ -> new InetEndpoint(destination, server.getLocalPort()), Tuning.DEFAULT));
    }

    private void restart(String yaml) throws Exception {
        engine.close();
        engine = start(yaml);
    }

    @AfterEach
    void close() throws IOException {
        engine.close();
        server.close();
    }

    /** A flow from an application that closes as soon as the server has it. */
    private Flow shortFlow() throws IOException {
        int port = engine.ports().values().iterator().next();
        try (var _ = new Socket(Rig.LOOPBACK, port);
                var _ = server.accept()) {
            Await.until("a flow", Rig.SOON, () -> !started.isEmpty());
        }
        var flow = started.remove();
        Await.until("the flow's end", Rig.SOON, () -> flow.ended() != null);
        return flow;
    }

    @Test
    void nobodyAsksForAFlowThatNobodyLooksAt() throws Exception {
        var flow = shortFlow();
        assertThat(asked).hasValue(0);
        assertThat(flow.owner()).as("its port may be another's by now").isEqualTo(Owner.UNKNOWN);
        assertThat(asked).hasValue(0);
    }

    @Test
    void whoeverLooksAtALiveFlowGetsItsOwnerAndItStays() throws Exception {
        int port = engine.ports().values().iterator().next();
        var client = new Socket(Rig.LOOPBACK, port);
        try (client;
                var _ = server.accept()) {
            Await.until("a flow", Rig.SOON, () -> engine.flows().size() == 1);
            var flow = engine.flows().getFirst();
            assertThat(asked).hasValue(0);
            assertThat(flow.owner()).isEqualTo(SOMEBODY);
            assertThat(flow.owner()).isEqualTo(SOMEBODY);
            assertThat(asked).hasValue(1);
        }
        var flow = started.remove();
        Await.until("the flow's end", Rig.SOON, () -> flow.ended() != null);
        assertThat(flow.owner()).isEqualTo(SOMEBODY);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "routes: [{app: thunderbird, outbound: block}]",
                "engine: {max-flows-per-app: 5}",
                "engine: {user-agent: true}"
            })
    void whereSomethingDependsOnItItIsKnownBeforeTheClientIsGone(String yaml) throws Exception {
        restart(yaml);
        var flow = shortFlow();
        assertThat(asked).hasValue(1);
        assertThat(flow.owner()).isEqualTo(SOMEBODY);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "routes: [{app: thunderbird, outbound: block}]",
                "outbounds: {nowhere: {type: block}}\nroutes: [{unit: a.service, outbound: nowhere}]"
            })
    void anApplicationThatIsNotKnownIsNotLetPastABlock(String yaml) throws Exception {
        owner = Owner.UNKNOWN;
        restart(yaml);
        int port = engine.ports().values().iterator().next();
        try (var _ = new Socket(Rig.LOOPBACK, port)) {
            Await.until("a flow", Rig.SOON, () -> !started.isEmpty());
        }
        var flow = started.remove();
        Await.until("the flow's end", Rig.SOON, () -> flow.ended() != null);
        assertThat(flow.ended()).isNotNull().returns(FlowEnd.BLOCKED, Flow.Ended::reason);
    }

    @Test
    void withDnsItIsWantedForMadeUpDestinationsOnly() throws Exception {
        dns = names;
        restart("");
        shortFlow();
        assertThat(asked).hasValue(0);
        destination = InetAddress.ofLiteral("198.18.0.7");
        assertThat(shortFlow().owner()).isEqualTo(SOMEBODY);
    }

    @Test
    void aProxyThatIsNotToldOfItNeedsNone() throws Exception {
        restart("outbounds: {p: {type: socks5, server: '127.0.0.1:%d'}}\nroutes: [{cidr: [192.0.2.1], outbound: p}]"
                .formatted(server.getLocalPort()));
        destination = InetAddress.ofLiteral("192.0.2.1");
        assertThat(shortFlow().path().outbounds()).containsExactly("p");
        assertThat(asked).hasValue(0);
    }

    @Test
    void aReloadMayMakeSomethingDependOnIt() throws Exception {
        shortFlow();
        assertThat(asked).hasValue(0);
        var routes = new ConfigurationReader(UserLookup.passwd(""))
                .read("test.yaml", "version: 1\nroutes: [{unit: a.service, outbound: block}]".getBytes(UTF_8))
                .configuration();
        engine.apply(new EngineConfiguration(
                Set.of("direct"), routes.outbounds(), routes.routes(), new Marks(-1, 0, 0), routes.engine()));
        assertThat(shortFlow().owner()).isEqualTo(SOMEBODY);
    }

    @Test
    void anErrorOfWhoeverKnowsIsNobodysTrouble() {
        Attribution broken = (transport, client, destination) -> {
            throw new IllegalStateException("for the test");
        };
        var here = new InetEndpoint(Rig.LOOPBACK, 1);
        assertThat(broken.ownerOrUnknown(Transport.TCP, here, here)).isEqualTo(Owner.UNKNOWN);
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sluice.engine.flow.Flow;
import sluice.engine.flow.FlowEnd;
import sluice.engine.flow.Owner;
import sluice.engine.flow.Transport;
import sluice.engine.tcp.Tuning;
import sluice.linux.InetEndpoint;
import sluice.rules.ConfigurationReader;
import sluice.rules.Marks;
import sluice.rules.UserLookup;
import sluice.testkit.Await;

/** Flows of a proxy on loopback that would be given to that same proxy. */
@Timeout(200)
class OwnProxiesTest {
    private static final Owner PROXY = new Owner("/proxies/socks", 1000, -1, null);
    private static final Owner BROWSER = new Owner("/browser", 1000, -1, null);

    private final Queue<Flow> ended = new ConcurrentLinkedQueue<>();
    private final List<String> warnings = new CopyOnWriteArrayList<>();
    private final AtomicInteger reached = new AtomicInteger();
    private final ServerSocket proxy = new ServerSocket(0, 50, Rig.LOOPBACK);
    private volatile Owner owner = PROXY;
    private Engine engine = start("office: {type: socks5, server: '127.0.0.1:" + proxy.getLocalPort() + "'}");

    OwnProxiesTest() throws Exception {}

    private Engine start(String outbounds) throws Exception {
        Thread.ofPlatform()
                .daemon()
                .start(() -> Await.ignoringFailure(() -> {
                    while (true) {
                        try (var _ = proxy.accept()) {
                            reached.incrementAndGet();
                        }
                    }
                }));
        var configuration = new ConfigurationReader(UserLookup.passwd(""))
                .read("test.yaml", ("version: 1\noutbounds: {" + outbounds + "}\nrules: []\n").getBytes(UTF_8))
                .configuration();
        var attribution = new Attribution() {
            @Override
            public Owner owner(Transport transport, InetEndpoint client, InetEndpoint destination) {
                return owner;
            }

            @Override
            public Set<String> listeners(InetEndpoint at) {
                return at.port() == proxy.getLocalPort() ? Set.of("/proxies/socks") : Set.of();
            }
        };
        var listener = new FlowListener() {
            @Override
            public void started(Flow flow) {}

            @Override
            public void ended(Flow flow) {
                ended.add(flow);
            }
        };
        return Engine.start(
                new EngineConfiguration(
                        Set.of("office"),
                        configuration.outbounds(),
                        configuration.routes(),
                        new Marks(-1, 0, 0),
                        configuration.engine()),
                Map.of(),
                new Engine.Surroundings(attribution, listener, Optional.empty(), warnings::add),
                new Engine.Doors(false, _ -> new InetEndpoint(Rig.LOOPBACK, 9), Tuning.DEFAULT));
    }

    @AfterEach
    void close() throws IOException {
        engine.close();
        proxy.close();
    }

    private FlowEnd flow() throws IOException {
        try (var client = new Socket(Rig.LOOPBACK, engine.ports().getOrDefault("office", 0))) {
            Await.until("the flow's end", Rig.SOON, () -> !ended.isEmpty());
            assertThat(client.isConnected()).isTrue();
        }
        return Objects.requireNonNull(ended.remove().ended()).reason();
    }

    @Test
    void areRefusedAndTheReasonIsSaidOnce() throws Exception {
        assertThat(flow()).isEqualTo(FlowEnd.LOOP);
        assertThat(flow()).isEqualTo(FlowEnd.LOOP);
        assertThat(reached).hasValue(0);
        assertThat(warnings)
                .containsExactly("outbound office: the proxy at 127.0.0.1:" + proxy.getLocalPort()
                        + " runs in /proxies/socks, which is itself sent to it: each of its connections would come back to"
                        + " it; put the proxy into a cgroup of its own that a rule lets go direct, before the rule that"
                        + " sends others to it");
    }

    @Test
    void otherApplicationsReachTheProxy() throws Exception {
        owner = BROWSER;
        assertThat(flow()).isEqualTo(FlowEnd.PROXY_FAILED);
        assertThat(reached).hasValue(1);
        assertThat(warnings).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "office: {type: fallback, outbounds: [p], url: 'http://192.0.2.1/'}, p: {type: http, server: 'localhost:%d'}",
                "office: {type: http, server: 'proxy.example:3128', via: p}, p: {type: socks5, server: '127.0.0.1:%d'}"
            })
    void areRecognisedBehindGroupsAndOtherProxies(String outbounds) throws Exception {
        engine.close();
        engine = start(outbounds.formatted(proxy.getLocalPort()));
        assertThat(flow()).isEqualTo(FlowEnd.LOOP);
        assertThat(warnings).singleElement().asString().startsWith("outbound p: the proxy at 127.0.0.1:");
    }
}

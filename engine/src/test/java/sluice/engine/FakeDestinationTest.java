// SPDX-License-Identifier: Apache-2.0
package sluice.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static sluice.testkit.Await.SOON;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sluice.engine.flow.Destination;
import sluice.engine.flow.Flow;
import sluice.engine.flow.FlowEnd;
import sluice.engine.names.TestNames;
import sluice.engine.tcp.Tuning;
import sluice.linux.InetEndpoint;
import sluice.rules.ConfigurationReader;
import sluice.rules.Marks;
import sluice.rules.UserLookup;
import sluice.testkit.Await;

/** TCP flows to addresses that stand for names, over loopback without TPROXY. */
@Timeout(200)
class FakeDestinationTest {
    private static final String FAKE = "198.18.0.7";

    private final TestNames names = new TestNames().fake(FAKE, "web.example").host("web.example", "127.0.0.1");
    private final Queue<Flow> ended = new ConcurrentLinkedQueue<>();
    private final Queue<String> heard = new ConcurrentLinkedQueue<>();
    private final AtomicReference<InetEndpoint> destination = new AtomicReference<>();
    private final ServerSocket server = new ServerSocket(0, 50, Rig.LOOPBACK);
    private @Nullable Engine engine;

    FakeDestinationTest() throws IOException {
        to(FAKE, server.getLocalPort());
    }

    private void to(String address, int port) {
        destination.set(new InetEndpoint(InetAddress.ofLiteral(address), port));
    }

    /** Starts an engine for the target {@code direct}, or {@code p} where there are outbounds. */
    private Engine start(String target, String... yaml) throws Exception {
        var configuration = new ConfigurationReader(UserLookup.passwd(""))
                .read("test.yaml", ("version: 1\n" + String.join("\n", yaml)).getBytes(UTF_8))
                .configuration();
        var listener = new FlowListener() {
            @Override
            public void started(Flow flow) {}

            @Override
            public void ended(Flow flow) {
                ended.add(flow);
            }
        };
        var made = Engine.start(
                new EngineConfiguration(
                        Set.of(target),
                        configuration.outbounds(),
                        configuration.routes(),
                        new Marks(-1, 0, 0),
                        configuration.engine()),
                Map.of(),
                new Engine.Surroundings(Attribution.NONE, listener, Optional.empty(), _ -> {}, _ -> names),
                new Engine.Doors(false, _ -> Objects.requireNonNull(destination.get()), Tuning.DEFAULT));
        engine = made;
        return made;
    }

    @AfterEach
    void close() throws IOException {
        if (engine != null) {
            engine.close();
        }
        server.close();
        assertThat(names.leases).hasValue(0);
    }

    private Socket connect(Engine to) throws IOException {
        int port = to.ports().values().iterator().next();
        var client = new Socket(Rig.LOOPBACK, port);
        client.setSoTimeout((int) SOON.toMillis());
        return client;
    }

    /** The flow that has ended. */
    private Flow ended() {
        Await.until("the flow ended", SOON, () -> !ended.isEmpty());
        return ended.element();
    }

    private static FlowEnd reason(Flow flow) {
        return Objects.requireNonNull(flow.ended()).reason();
    }

    private void talk(Engine through) throws IOException {
        try (var client = connect(through);
                var accepted = server.accept()) {
            client.getOutputStream().write('?');
            assertThat(accepted.getInputStream().read()).isEqualTo('?');
            accepted.getOutputStream().write('!');
            assertThat(client.getInputStream().read()).isEqualTo('!');
            assertThat(names.leases).hasValue(names.fakes.isEmpty() ? 0 : 1);
        }
    }

    /** A SOCKS5 proxy that notes what it is told, and connects to the server whatever that is. */
    private String socks() throws IOException {
        var proxy = new ServerSocket(0, 50, Rig.LOOPBACK);
        Thread.ofPlatform()
                .daemon()
                .start(() -> Await.ignoringFailure(() -> {
                    try (proxy;
                            var peer = proxy.accept();
                            var onward = new Socket(Rig.LOOPBACK, server.getLocalPort())) {
                        var in = peer.getInputStream();
                        in.readNBytes(3);
                        peer.getOutputStream().write(new byte[] {5, 0});
                        int type = in.readNBytes(4)[3];
                        var address = in.readNBytes(type == 3 ? in.read() : type == 1 ? 4 : 16);
                        in.readNBytes(2);
                        heard.add(
                                type == 3
                                        ? new String(address, UTF_8)
                                        : InetAddress.getByAddress(address).getHostAddress());
                        peer.getOutputStream().write(new byte[] {5, 0, 0, 1, 0, 0, 0, 0, 0, 0});
                        var back = Thread.ofPlatform().daemon().start(() -> copy(onward, peer));
                        copy(peer, onward);
                        back.join();
                    }
                }));
        return "127.0.0.1:" + proxy.getLocalPort();
    }

    private static void copy(Socket from, Socket to) {
        Await.ignoringFailure(() -> {
            from.getInputStream().transferTo(to.getOutputStream());
            to.shutdownOutput();
        });
    }

    @ParameterizedTest
    @CsvSource({"198.18.0.7", "fd00:5315::7"})
    void theNameIsLookedUpAndTheAddressNeverDialled(String fake) throws Exception {
        names.fakes.clear();
        names.fake(fake, "web.example");
        to(fake, server.getLocalPort());
        talk(start("direct"));
        var flow = ended();
        assertThat(reason(flow)).isEqualTo(FlowEnd.FINISHED);
        assertThat(flow.destination().toString()).isEqualTo("web.example:" + server.getLocalPort());
        assertThat(flow.destination().endpoint()).isEqualTo(destination.get());
        assertThat(flow.path().outbounds()).containsExactly("direct");
        assertThat(names.resolved).singleElement().satisfies(asked -> {
            var asker = Objects.requireNonNull(asked.asker());
            assertThat(asked.name()).isEqualTo("web.example");
            assertThat(asker.client()).isEqualTo(flow.client());
            assertThat(asker.target()).isEqualTo("direct");
        });
    }

    @Test
    void anAddressThatDoesNotAnswerIsFollowedByTheNext() throws Exception {
        names.hosts.put("web.example", List.of(InetAddress.ofLiteral("127.0.0.2"), InetAddress.ofLiteral("127.0.0.1")));
        talk(start("direct"));
        assertThat(reason(ended())).isEqualTo(FlowEnd.FINISHED);
    }

    @ParameterizedTest
    @CsvSource({"remote, web.example", "local, 203.0.113.7"})
    void proxiesAreToldTheNameOrATrueAddress(String told, String expected) throws Exception {
        names.host("web.example", "203.0.113.7");
        talk(start("p", "outbounds: {p: {type: socks5, server: \"" + socks() + "\", names: " + told + "}}"));
        assertThat(heard).containsExactly(expected);
        assertThat(names.resolved).hasSize(told.equals("local") ? 1 : 0);
        assertThat(ended().destination().name()).isEqualTo("web.example");
    }

    @Test
    void routesSeeTheNameAndNoMadeUpAddress() throws Exception {
        talk(start(
                "block",
                "routes:",
                "  - {cidr: [198.18.0.0/15], outbound: block}",
                "  - {domain: [web.example], cidr: [198.18.0.0/15], outbound: block}",
                "  - {domain: [\"*.example\"], outbound: direct}"));
        assertThat(ended().path().route()).isEqualTo(2);
    }

    @Test
    void aForgottenAddressIsRefusedAtOnce() throws Exception {
        names.fakes.clear();
        names.forgotten.put(InetAddress.ofLiteral(FAKE), true);
        var client = connect(start("direct"));
        assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketException.class);
        var flow = ended();
        assertThat(reason(flow)).isEqualTo(FlowEnd.FORGOTTEN);
        assertThat(Objects.requireNonNull(flow.ended()).detail()).contains("has to ask again");
        assertThat(names.resolved).isEmpty();
        assertThat(Objects.requireNonNull(engine).counters().ended()).containsEntry(FlowEnd.FORGOTTEN, 1L);
        assertThat(Objects.requireNonNull(engine).counters().active()).isZero();
    }

    @Test
    void aNameWithoutAnAddressIsUnreachable() throws Exception {
        names.hosts.clear();
        var client = connect(start("direct"));
        assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketException.class);
        assertThat(reason(ended())).isEqualTo(FlowEnd.UNREACHABLE);
        assertThat(Objects.requireNonNull(ended().ended()).detail())
                .isEqualTo("outbound direct: look up web.example: there is no web.example");
    }

    @Test
    void aNameThatNoProxyUnderstandsIsNotPassedOn() throws Exception {
        names.fake(FAKE, "web example\r\n");
        var client = connect(start("p", "outbounds: {p: {type: socks5, server: \"" + socks() + "\"}}"));
        assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketException.class);
        assertThat(reason(ended())).isEqualTo(FlowEnd.UNREACHABLE);
        assertThat(heard).isEmpty();
    }

    @Test
    void aNameThatLeadsBackToTheEngineIsRefused() throws Exception {
        var made = start("direct");
        to(FAKE, made.ports().values().iterator().next());
        var client = connect(made);
        assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketException.class);
        assertThat(reason(ended())).isEqualTo(FlowEnd.LOOP);
    }

    @Test
    void aHintServesRoutesAndProxiesAreToldIt() throws Exception {
        names.fakes.clear();
        names.hints.put(InetAddress.ofLiteral("203.0.113.9"), "web.example");
        to("203.0.113.9", 443);
        var proxy = socks();
        talk(start(
                "block",
                "outbounds: {p: {type: socks5, server: \"" + proxy + "\"}}",
                "routes: [{domain: [web.example], outbound: p}]"));
        assertThat(heard).containsExactly("web.example");
        assertThat(ended().path().route()).isZero();
        assertThat(ended().destination().name()).isEqualTo("web.example");
        assertThat(ended().destination().naming()).isEqualTo(Destination.Naming.HINT);
    }

    @Test
    void anAddressThatDnsGaveAndNobodyListensAtIsFollowedByTheOthersOfItsName() throws Exception {
        names.fakes.clear();
        names.hints.put(InetAddress.ofLiteral("127.0.0.2"), "web.example");
        names.hosts.put("web.example", List.of(InetAddress.ofLiteral("127.0.0.2"), InetAddress.ofLiteral("127.0.0.1")));
        to("127.0.0.2", server.getLocalPort());
        talk(start("direct"));
        assertThat(reason(ended())).isEqualTo(FlowEnd.FINISHED);
        assertThat(ended().destination().endpoint()).isEqualTo(destination.get());
    }

    @Test
    void anAddressThatDnsGaveAndIsAloneFailsAsItWouldWithoutAName() throws Exception {
        names.fakes.clear();
        names.hints.put(InetAddress.ofLiteral("127.0.0.2"), "web.example");
        names.host("web.example", "127.0.0.2");
        to("127.0.0.2", server.getLocalPort());
        var client = connect(start("direct"));
        assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketException.class);
        assertThat(reason(ended())).isEqualTo(FlowEnd.REFUSED);
        assertThat(Objects.requireNonNull(ended().ended()).detail()).isEqualTo("ECONNREFUSED");
    }

    /**
     * Asks for a host at a true address through a proxy.
     *
     * @param sniffing more keys of {@code engine.sniff}
     * @return what the proxy was told
     */
    private String told(String host, String sniffing) throws Exception {
        names.fakes.clear();
        to("203.0.113.9", 443);
        var through = start(
                "p",
                "engine: {sniff: {wait: 10s" + sniffing + "}}",
                "outbounds: {p: {type: socks5, server: \"" + socks() + "\"}}",
                "routes: [{domain: [said.example, given.example], outbound: p}, {protocol: http, outbound: p}]");
        try (var client = connect(through)) {
            var request = "GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n";
            client.getOutputStream().write(request.getBytes(UTF_8));
            try (var accepted = server.accept()) {
                assertThat(accepted.getInputStream().read()).isEqualTo('G');
            }
        }
        return heard.element();
    }

    @Test
    void aNameThatOnlyTheFlowSaysChoosesTheRouteAndTheAddressIsDialled() throws Exception {
        assertThat(told("said.example", "")).isEqualTo("203.0.113.9");
        assertThat(ended().path().route()).isZero();
        assertThat(ended().destination().toString()).isEqualTo("said.example:443");
        assertThat(ended().destination().naming()).isEqualTo(Destination.Naming.SAID);
    }

    @Test
    void aNameOfAnotherAddressThatTheFlowSaysIsNotTold() throws Exception {
        names.hints.put(InetAddress.ofLiteral("203.0.113.9"), "given.example");
        assertThat(told("said.example", "")).isEqualTo("203.0.113.9");
    }

    @Test
    void aNameThatTheFlowSaysAndDnsGaveIsTold() throws Exception {
        names.hints.put(InetAddress.ofLiteral("203.0.113.9"), "given.example");
        assertThat(told("given.example", "")).isEqualTo("given.example");
        assertThat(ended().destination().naming()).isEqualTo(Destination.Naming.CONFIRMED);
    }

    @Test
    void theConfigurationCanHaveProxiesToldWhatTheFlowSays() throws Exception {
        assertThat(told("said.example", ", override: true")).isEqualTo("said.example");
    }

    @Test
    void aSkippedNameCountsAsNone() throws Exception {
        assertThat(told("said.example", ", skip: ['*.example'], override: true"))
                .isEqualTo("203.0.113.9");
        assertThat(ended().path().route()).isEqualTo(1);
        assertThat(ended().destination().name()).isNull();
    }

    @Test
    void aSkippedPortIsNotLookedInto() throws Exception {
        assertThat(told("said.example", ", skip-ports: [400-500]")).isEqualTo("203.0.113.9");
        assertThat(ended().path().route()).isEqualTo(-1);
        assertThat(ended().destination().name()).isNull();
    }

    @Test
    void whatTheFlowSaysWinsOverAHint() throws Exception {
        names.fakes.clear();
        names.hints.put(Rig.LOOPBACK, "web.example");
        to("127.0.0.1", server.getLocalPort());
        var made = start(
                "block",
                "engine: {sniff: {wait: 10s}}",
                "routes:",
                "  - {domain: [web.example], outbound: block}",
                "  - {domain: [other.example], outbound: direct}");
        try (var client = connect(made)) {
            client.getOutputStream().write("GET / HTTP/1.1\r\nHost: other.example\r\n\r\n".getBytes(UTF_8));
            server.accept().close();
        }
        assertThat(ended().destination().name()).isEqualTo("other.example");
        assertThat(ended().path().route()).isEqualTo(1);
    }
}

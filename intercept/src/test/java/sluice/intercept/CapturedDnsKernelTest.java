// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import static org.assertj.core.api.Assertions.assertThat;
import static sluice.testkit.Await.SOON;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sluice.rules.Marks;
import sluice.testkit.Answer;
import sluice.testkit.Await;
import sluice.testkit.Background;
import sluice.testkit.CProgram;
import sluice.testkit.Dnsmasq;
import sluice.testkit.Internet;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;
import sluice.testkit.Transport;

/** What proxied cgroups send to port 53 comes to the engine, and nothing else does. */
@KernelTest
class CapturedDnsKernelTest {
    private static final String MADE_UP = "203.0.113.99\n";
    private static final String STUB = "127.0.0.53";

    /** Loopback, this machine, elsewhere, and elsewhere in bypass. */
    private static final List<String> SERVERS = List.of(
            STUB,
            "::1",
            Internet.MACHINE4,
            Internet.MACHINE6,
            Internet.SERVER4,
            Internet.SERVER6,
            Internet.OTHER4,
            Internet.OTHER6);

    private static final Map<String, String> HERE = Map.of("example.org", "203.0.113.1");
    private static final Map<String, String> THERE = Map.of("example.org", "203.0.113.2");

    private Lab lab;

    @BeforeEach
    void world(Lab world) {
        lab = world;
    }

    private static Redirection off() {
        return SteeredMachine.engine(false, false);
    }

    private static Redirection on() {
        return SteeredMachine.engine(false, true);
    }

    private Background answeringEngine() throws Exception {
        var program = CProgram.of(CapturedDnsKernelTest.class, "names").executable();
        var guard = Integer.toString(Marks.DEFAULT.guard());
        var engine = lab.here()
                .command(program.toString(), Integer.toString(SteeredMachine.ENGINE_PORT), guard)
                .start();
        return engine.awaitOutput("ready\n", SOON);
    }

    private Dnsmasq resolverHere() throws Exception {
        return Dnsmasq.start(lab.here(), List.of(STUB, "::1", Internet.MACHINE4, Internet.MACHINE6), 53, HERE, null);
    }

    private Dnsmasq resolverThere(SteeredMachine machine) throws Exception {
        return Dnsmasq.start(
                machine.internet(),
                List.of(Internet.SERVER4, Internet.SERVER6, Internet.OTHER4, Internet.OTHER6),
                53,
                THERE,
                null);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void queriesComeToTheEngineWhereverTheyWereSent(boolean strict) throws Exception {
        try (var machine = new SteeredMachine(lab)) {
            var here = resolverHere();
            var there = resolverThere(machine);
            var escaped = machine.internet().count("th dport 53");
            var names = answeringEngine();
            var engine = SteeredMachine.engine(strict, true);
            machine.cgroup("/app", new Verdict.Redirect(engine)).cgroup("/app/below", null);
            machine.install(machine.blueprint(strict, Blueprint.Names.NONE, engine));

            var expected = new ArrayList<String>(List.of("ready"));
            for (var server : SERVERS) {
                assertThat(machine.dig("/app", "+notcp", server).run().out())
                        .as(server)
                        .isEqualTo(MADE_UP);
                assertThat(machine.dig("/app/below", "+tcp", server).run().out())
                        .as(server)
                        .isEqualTo(MADE_UP);
                expected.add("udp " + server + " 53");
                expected.add("tcp " + server + " 53");
            }
            assertThat(names.lines()).containsExactlyElementsOf(expected);
            assertThat(here.queries()).isEmpty();
            assertThat(there.queries()).isEmpty();
            assertThat(escaped.packets()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void everybodyElseIsAnsweredByWhomHeAsked(boolean hold) throws Exception {
        try (var machine = new SteeredMachine(lab)) {
            resolverHere();
            resolverThere(machine);
            var names = answeringEngine();
            var drop = new Verdict.Drop(Verdict.Scope.ALL_BUT_BYPASS);
            machine.cgroup("/app", new Verdict.Redirect(on()))
                    .cgroup("/app/direct", Verdict.DIRECT)
                    .cgroup("/app/dropped", drop)
                    .cgroup("/app/dropped/below", null)
                    .cgroup("/app/tproxied", new Verdict.Redirect(SteeredMachine.tproxy()))
                    .cgroup("/direct", Verdict.DIRECT)
                    .cgroup("/untouched", null)
                    .cgroup("/lost", new Verdict.Drop(Verdict.Scope.ALL_BUT_LOOPBACK));
            machine.install(machine.blueprint(hold, Blueprint.Names.NONE, on(), SteeredMachine.tproxy()));

            for (var transport : List.of("+notcp", "+tcp")) {
                for (var cgroup : List.of(
                        "/app/direct",
                        "/app/dropped",
                        "/app/dropped/below",
                        "/app/tproxied",
                        "/direct",
                        "/untouched",
                        "/lost")) {
                    for (var server : List.of(STUB, "::1")) {
                        assertThat(machine.dig(cgroup, transport, server).run().out())
                                .as("%s %s %s", cgroup, transport, server)
                                .isEqualTo("203.0.113.1\n");
                    }
                }
                for (var cgroup : List.of("/app/direct", "/direct", "/untouched")) {
                    assertThat(machine.dig(cgroup, transport, Internet.SERVER4)
                                    .run()
                                    .out())
                            .isEqualTo("203.0.113.2\n");
                }
                for (var cgroup : List.of("/app/dropped", "/app/dropped/below", "/lost")) {
                    assertThat(machine.dig(cgroup, transport, Internet.SERVER4)
                                    .attempt()
                                    .succeeded())
                            .as(cgroup)
                            .isFalse();
                }
            }
            assertThat(names.lines()).containsExactly("ready");
            assertThat(machine.dig("/app", "+notcp", STUB).run().out()).isEqualTo(MADE_UP);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aCgroupThatIsNotClassifiedYetGetsNoQueryPastTheEngine(boolean first) throws Exception {
        try (var machine = new SteeredMachine(lab)) {
            var resolver = resolverHere();
            machine.cgroup("/app", first ? null : new Verdict.Redirect(on()));
            machine.install(machine.blueprint(true, Blueprint.Names.NONE, on()));
            assertThat(machine.dig("/new", "+notcp", STUB).attempt().succeeded())
                    .isFalse();
            assertThat(resolver.queries()).isEmpty();
        }
    }

    @Test
    void oneSocketIsCapturedAndLetGoAgainWhileItAsksOn() throws Exception {
        try (var machine = new SteeredMachine(lab)) {
            Answer.start(lab.here(), "resolver", Transport.UDP, 53);
            Answer.transparent(lab.here(), "engine", Transport.UDP, SteeredMachine.ENGINE_PORT, null);
            machine.cgroup("/app", new Verdict.Redirect(off()));
            var asking = machine.stream("/app", STUB, 53).start();
            awaitAnswers(asking, STUB, "resolver");
            machine.install(machine.blueprint(false, Blueprint.Names.NONE, off()));
            awaitAnswers(asking, STUB, "resolver");
            for (int i = 0; i < 3; i++) {
                machine.reload(machine.blueprint(false, Blueprint.Names.NONE, on()));
                awaitAnswers(asking, STUB, "engine");
                machine.reload(machine.blueprint(false, Blueprint.Names.NONE, off()));
                awaitAnswers(asking, STUB, "resolver");
            }
        }
    }

    @Test
    void aSocketThatAskedElsewhereBeforeIsCapturedAndNeverGoesStraightOutAgain() throws Exception {
        try (var machine = new SteeredMachine(lab)) {
            Answer.start(machine.internet(), "resolver", Transport.UDP, 53);
            Answer.transparent(lab.here(), "engine", Transport.UDP, SteeredMachine.ENGINE_PORT, null);
            machine.cgroup("/app", new Verdict.Redirect(on()));
            // Somebody else uses conntrack, so it knows the flow.
            lab.here()
                    .run(
                            "nft",
                            "table inet other { chain seen { type filter hook output priority 0; ct state new accept; }; }");
            var asking = machine.stream("/app", Internet.SERVER4, 53).start();
            awaitAnswers(asking, Internet.SERVER4, "resolver");
            // The table is new, so the socket is older than it.
            machine.install(machine.blueprint(false, Blueprint.Names.NONE, on()));
            awaitAnswers(asking, Internet.SERVER4, "engine");
            var escaped = machine.internet().count("udp dport 53");
            machine.reload(machine.blueprint(false, Blueprint.Names.NONE, off()));
            awaitAnswers(asking, Internet.SERVER4, "engine");
            assertThat(escaped.packets()).isZero();
        }
    }

    @Test
    void aSocketWhoseLastAnswerComesAfterTheTableIsCaptured() throws Exception {
        try (var machine = new SteeredMachine(lab)) {
            Answer.transparent(lab.here(), "engine", Transport.UDP, SteeredMachine.ENGINE_PORT, null);
            machine.cgroup("/app", new Verdict.Redirect(on()));
            Background asking;
            try (var resolver = new DatagramSocket(53, InetAddress.ofLiteral(STUB))) {
                asking = machine.datagrams("/app", 500, 20, STUB, 53).start();
                var query = new DatagramPacket(new byte[512], 512);
                resolver.receive(query);
                machine.install(machine.blueprint(false, Blueprint.Names.NONE, on()));
                // For conntrack, which is new as well, this is the first packet of the flow.
                resolver.send(query);
            }
            asking.awaitOutput("reply from " + STUB + " 53: engine from", SOON);
        }
    }

    /** Waits for ten more answers of one server, without one of another after the first of them. */
    private static void awaitAnswers(Background asking, String server, String name) {
        var expected = "reply from " + server + " 53: " + name + " from ";
        int before = lines(asking).size();
        Await.until("ten answers of " + name, SOON, () -> {
            var last = lines(asking);
            return last.size() >= before + 10
                    && last.subList(last.size() - 10, last.size()).stream().allMatch(line -> line.startsWith(expected));
        });
    }

    private static List<String> lines(Background process) {
        try {
            return process.lines();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aConnectionThatIsOlderGoesOnWhileNewOnesAreCaptured() throws Exception {
        try (var machine = new SteeredMachine(lab)) {
            Answer.start(lab.here(), "resolver", Transport.TCP, 53);
            Answer.transparent(lab.here(), "engine", Transport.TCP, SteeredMachine.ENGINE_PORT, null);
            machine.cgroup("/app", new Verdict.Redirect(on()));
            var older = machine.connection("/app", 100_000, STUB, 53).start();
            older.awaitOutput("resolver from", SOON);
            machine.install(machine.blueprint(false, Blueprint.Names.NONE, on()));
            var captured = machine.connection("/app", 100_000, STUB, 53).start();
            captured.awaitOutput("engine from", SOON).awaitOutput("to " + STUB + " 53", SOON);
            machine.reload(machine.blueprint(false, Blueprint.Names.NONE, off()));
            machine.connection("/app", 100_000, STUB, 53).start().awaitOutput("resolver from", SOON);
            for (var connection : List.of(older, captured)) {
                int before = lines(connection).size();
                Await.until("20 more ticks", SOON, () -> lines(connection).size() > before + 20);
                assertThat(connection.alive()).isTrue();
            }
        }
    }

    @Test
    void aNameServerInAProxiedCgroupAnswersOthers() throws Exception {
        try (var machine = new SteeredMachine(lab)) {
            machine.cgroup("/app", new Verdict.Redirect(on())).cgroup("/direct", Verdict.DIRECT);
            machine.install(machine.blueprint(false, Blueprint.Names.NONE, on()));
            var server = machine.in(
                            "/app",
                            "dnsmasq",
                            "--keep-in-foreground",
                            "--conf-file=/dev/null",
                            "--no-resolv",
                            "--no-hosts",
                            "--user=root",
                            "--pid-file=",
                            "--bind-interfaces",
                            "--listen-address=" + Internet.MACHINE4 + "," + STUB,
                            "--log-facility=-",
                            "--address=/example.org/203.0.113.5")
                    .start();
            server.awaitOutput("started", SOON);
            for (var transport : List.of("+notcp", "+tcp")) {
                assertThat(machine.dig("/direct", transport, STUB).run().out()).isEqualTo("203.0.113.5\n");
                // A client whose own port is 53 as well.
                assertThat(machine.internet()
                                .command(
                                        "dig",
                                        "+short",
                                        "+tries=1",
                                        "+time=2",
                                        transport,
                                        "-b",
                                        "0.0.0.0#53",
                                        "@" + Internet.MACHINE4,
                                        "example.org")
                                .run()
                                .out())
                        .isEqualTo("203.0.113.5\n");
            }
        }
    }
}

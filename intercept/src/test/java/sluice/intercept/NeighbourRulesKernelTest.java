// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import sluice.testkit.Answer;
import sluice.testkit.Await;
import sluice.testkit.Background;
import sluice.testkit.Internet;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;
import sluice.testkit.Namespace;
import sluice.testkit.Transport;

/** Rules of others around ours: reverse path filters, and rules that change marks, before ours or after them. */
@KernelTest
class NeighbourRulesKernelTest {
    private static final Duration SOON = Duration.ofSeconds(20);
    /** Another one for each test: connections of the one before may still be ending. */
    private static final AtomicInteger PORTS = new AtomicInteger(7000);

    private static final List<String> FILTERS = List.of(
            "fib saddr . mark . iif oif missing drop",
            "fib saddr . iif oif missing drop",
            "fib saddr oif missing drop");
    private static final int[] PRIORITIES = {-301, -290, -160, -150, -140, -10, 0, 10, 150};

    private final int port = PORTS.getAndIncrement();

    private SteeredMachine machine(Lab lab) throws IOException {
        Answer.transparent(lab.here(), "relay", Transport.TCP, SteeredMachine.TPROXY_PORT, null);
        Answer.transparent(lab.here(), "relay", Transport.UDP, SteeredMachine.TPROXY_PORT, null);
        Answer.transparent(lab.here(), "engine", Transport.TCP, SteeredMachine.ENGINE_PORT, null);
        Answer.transparent(lab.here(), "engine", Transport.UDP, SteeredMachine.ENGINE_PORT, null);
        // A server that has the port of the destination, and is nobody's.
        Answer.start(lab.here(), "decoy", Transport.UDP, port);
        Answer.start(lab.here(), "decoy", Transport.TCP, port);
        return new SteeredMachine(lab)
                .cgroup("/tproxied", new Verdict.Redirect(SteeredMachine.tproxy()))
                .cgroup("/proxied", new Verdict.Redirect(SteeredMachine.engine(false, false)));
    }

    private static void install(SteeredMachine machine) throws IOException {
        machine.install(machine.blueprint(
                false, Blueprint.Names.NONE, SteeredMachine.engine(false, false), SteeredMachine.tproxy()));
    }

    /** Whether TCP and UDP of redirected cgroups go to and fro, over both families. */
    private void everythingArrives(SteeredMachine machine, String beside) throws IOException {
        var escaped = machine.internet().count("th dport " + port);
        for (var address : List.of(Internet.SERVER4, Internet.SERVER6)) {
            for (var cgroup : List.of("/tproxied", "/proxied")) {
                var server = cgroup.equals("/proxied") ? "engine" : "relay";
                try (var datagrams = machine.stream(cgroup, address, port).start();
                        var connection = machine.connection(cgroup, 100_000, address, port)
                                .start()) {
                    var what = beside + ": " + cgroup + " to " + address;
                    Await.until(what + " over UDP", SOON, () -> count(datagrams, ": " + server + " from") >= 5);
                    Await.until(what + " over TCP", SOON, () -> count(connection, "tick") >= 5);
                    assertThat(connection.out()).contains(server + " from");
                    assertThat(datagrams.out() + connection.out()).doesNotContain("decoy");
                }
            }
        }
        assertThat(escaped.packets()).as(beside).isZero();
    }

    private static long count(Background process, String text) {
        try {
            return process.lines().stream().filter(line -> line.contains(text)).count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void filters(Namespace here, String table, int from, int to) throws IOException {
        var chains = new ArrayList<String>();
        for (int i = from; i < to; i++) {
            for (int filter = 0; filter < FILTERS.size(); filter++) {
                chains.add("chain filter%d_%d { type filter hook prerouting priority %d; %s; };"
                        .formatted(i, filter, PRIORITIES[i], FILTERS.get(filter)));
            }
        }
        here.run("nft", "table inet " + table + " { " + String.join(" ", chains) + " }");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void reversePathFiltersOfAnyPriorityLetRedirectedTrafficPass(boolean loadedFirst, Lab lab) throws Exception {
        try (var machine = machine(lab)) {
            if (loadedFirst) {
                filters(lab.here(), "filters", 0, PRIORITIES.length);
            }
            install(machine);
            if (!loadedFirst) {
                filters(lab.here(), "filters", 0, PRIORITIES.length);
            }
            everythingArrives(machine, "filters");
        }
    }

    private static String chain(String hook, int priority, String rules) {
        var type = hook.equals("output") ? "route" : "filter";
        return "chain %s_%d { type %s hook %s priority %d; %s; };"
                .formatted(hook, Math.abs(priority), type, hook, priority, rules);
    }

    /** What others do to marks. */
    static Stream<String> neighbours() {
        return Stream.of(
                // A mesh VPN: the packet mark's own bits from the connection's.
                chain("prerouting", -150, "ct state established,related meta mark set ct mark & 0xff0000"),
                chain("prerouting", 0, "meta mark set 0"),
                chain("prerouting", -200, "meta mark set meta mark & 0xffff0000"),
                // A script for several uplinks: whole marks, saved and restored.
                chain("prerouting", -150, "meta mark set ct mark")
                        + chain("output", -150, "meta mark set ct mark")
                        + chain("postrouting", -150, "ct mark set meta mark"),
                chain("output", -140, "meta mark set 0x6d6f6c65; ct mark set 0xf41"),
                chain("output", 0, "meta mark set 0"),
                chain("output", -160, "meta mark set 0x0800ffff"),
                chain("output", 0, "ct mark set 0"),
                chain("prerouting", -150, "ct mark set 0"),
                chain("postrouting", 100, "ct mark set meta mark & 0xff0000"),
                // A proxy for services of a cluster.
                chain("output", -100, "meta mark set meta mark | 0x4000")
                        + chain("postrouting", 100, "meta mark set meta mark ^ 0x4000"));
    }

    @ParameterizedTest
    @MethodSource("neighbours")
    void rulesThatChangeMarksDoNotKeepRedirectedTrafficFromArriving(String chains, Lab lab) throws Exception {
        try (var machine = machine(lab)) {
            lab.here().run("nft", "table inet before { " + chains + " }");
            install(machine);
            everythingArrives(machine, "loaded before: " + chains);
            lab.here().run("nft", "delete table inet before");
            lab.here().run("nft", "table inet after { " + chains + " }");
            everythingArrives(machine, "loaded after: " + chains);
        }
    }

    @Test
    void whatHasLostBothMarksIsDropped(Lab lab) throws Exception {
        try (var machine = machine(lab)) {
            install(machine);
            lab.here()
                    .run(
                            "nft",
                            "table inet after { "
                                    + chain("prerouting", 0, "iifname lo meta mark set 0; iifname lo ct mark set 0")
                                    + " }");
            var escaped = machine.internet().count("th dport " + port);
            var arrived = lab.here().count("iifname lo udp dport " + port);
            for (var address : List.of(Internet.SERVER4, Internet.SERVER6)) {
                long before = arrived.packets();
                try (var datagrams = machine.stream("/tproxied", address, port).start()) {
                    Await.until("5 datagrams on lo", SOON, () -> arrived.packets() >= before + 5);
                    assertThat(datagrams.out()).doesNotContain("decoy", "relay");
                }
            }
            assertThat(escaped.packets()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1"})
    void theEnginesPortsTakeNothingThatALocalProcessSends(String address, Lab lab) throws Exception {
        try (var machine = machine(lab).cgroup("/untouched", null)) {
            install(machine);
            var program = """
                    import socket
                    family = socket.AF_INET6 if ":" in "%1$s" else socket.AF_INET
                    for kind in socket.SOCK_STREAM, socket.SOCK_DGRAM:
                        s = socket.socket(family, kind); s.settimeout(5)
                        try:
                            s.connect(("%1$s", %2$d)); s.send(b"hello"); print(s.recv(100))
                        except ConnectionRefusedError:
                            print("refused")
                    """.formatted(address, SteeredMachine.ENGINE_PORT);
            for (var cgroup : List.of("/untouched", "/proxied", "/tproxied")) {
                assertThat(machine.in(cgroup, "python3", "-c", program).run().out())
                        .as(cgroup)
                        .isEqualTo("refused\nrefused\n");
            }
        }
    }
}

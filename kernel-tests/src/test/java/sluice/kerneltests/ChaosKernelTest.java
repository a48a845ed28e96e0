// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sluice.testkit.Answer;
import sluice.testkit.Await;
import sluice.testkit.Background;
import sluice.testkit.Haproxy;
import sluice.testkit.Internet;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;
import sluice.testkit.Scale;
import sluice.testkit.Transport;

/** Upstreams, proxies and clients that misbehave: their flows end for the right reason, the others go on, nothing stays behind. */
@KernelTest
@Timeout(600)
class ChaosKernelTest {
    private static final int PROXY = 1080;
    private static final int TICKS = 8080;
    private static final String HOLE = Internet.SERVER4 + ":4444";
    private static final String NO_ANSWER = "\"no answer in time\"";
    /** Descriptors of pipes that the engine may keep for the next bulk flow. */
    private static final int POOLED = 256;
    /** Threads that the JVM may have added to carry virtual ones. */
    private static final int CARRIERS = 6;

    private static String policy(String type) {
        return """
                bypass: [127.0.0.0/8, '::1']
                engine: {connect-timeout: 2s}
                outbounds:
                  proxy: {type: %s, server: "%s:%d"}
                  pair: {type: fallback, outbounds: [proxy, direct], url: "http://%s/", interval: 1s, timeout: 500ms}
                rules:
                  - {match: ^/(direct|other)$, proxy: direct}
                  - {match: ^/proxied$, proxy: proxy}
                  - {match: ^/pair$, proxy: pair}
                """.formatted(type, Internet.OTHER4, PROXY, Internet.SERVER4);
    }

    private static Machine machine(Lab lab) throws IOException {
        var machine = Machine.with(lab, "direct", "other", "proxied", "pair");
        Answer.start(machine.internet(), "net", Transport.TCP, TICKS);
        Haproxy.web(machine.internet(), "web", 80);
        return machine;
    }

    private static Background microsocks(Machine machine) throws IOException {
        var proxy = machine.internet()
                .command("microsocks", "-i", Internet.OTHER4, "-p", Integer.toString(PROXY))
                .start();
        machine.internet().awaitListener(Transport.TCP, PROXY, Machine.SOON);
        return proxy;
    }

    private static String script(String name) throws URISyntaxException {
        return Path.of(Objects.requireNonNull(ChaosKernelTest.class.getResource(name), name)
                        .toURI())
                .toString();
    }

    private static void awaitEnds(SluiceDaemon daemon, String end, int count) {
        Await.until(
                () -> count + " flows that end as \"" + end + "\"", Await.SOON, () -> ends(daemon, "", end) == count);
    }

    private static long ends(SluiceDaemon daemon, String destination, String end) throws IOException {
        return daemon.log()
                .lines()
                .filter(line -> line.contains(" flow ") && line.contains(destination) && line.contains(" end=" + end))
                .count();
    }

    /** Also connections that were not even logged, because too many of them waited to become flows. */
    private static long refused(SluiceDaemon daemon) throws Exception {
        var engine = (Map<?, ?>) Objects.requireNonNull(daemon.json("status").get("engine"));
        return ((Number) Objects.requireNonNull(engine.get("refused"))).longValue();
    }

    /** Before the flows that a test is about: what is open for a moment would hide as much that is left. */
    private static ProcessFacts settled(SluiceDaemon daemon) throws IOException {
        return ProcessFacts.settled(daemon.pid(), Long.MAX_VALUE, Machine.SOON);
    }

    /** Only what the engine keeps on purpose is left of the flows since. */
    private static void awaitNothingLeft(SluiceDaemon daemon, ProcessFacts before) {
        Await.until(() -> "as little as " + before, Machine.SOON, () -> {
            var now = ProcessFacts.of(daemon.pid());
            assertThat(now.sockets()).isLessThanOrEqualTo(before.sockets());
            assertThat(now.others().size()).isLessThanOrEqualTo(before.others().size());
            assertThat(now.pipes()).isLessThanOrEqualTo(POOLED);
            assertThat(now.threads()).isLessThanOrEqualTo(before.threads() + CARRIERS);
            return true;
        });
    }

    @ParameterizedTest
    @CsvSource({
        "socks5, garbage, the proxy failed",
        "socks5, early, the proxy failed",
        "socks5, reset, the proxy failed",
        "socks5, silent, no answer in time",
        "http, garbage, the proxy failed",
        "http, oversize, the proxy failed",
        "http, early, the proxy failed",
        "http, reset, the proxy failed",
        "http, silent, no answer in time"
    })
    void aProxyThatLiesEndsItsFlowsAndNoOthers(String type, String kind, String end, Lab lab) throws Exception {
        try (var machine = machine(lab);
                var liar = machine.internet()
                        .command("python3", script("lying-proxy.py"), Integer.toString(PROXY), kind)
                        .start()) {
            liar.awaitOutput("ready\n", Machine.SOON);
            var daemon = machine.apply(policy(type));
            assertThat(machine.page("direct", Internet.SERVER4)).startsWith("web from ");
            var before = settled(daemon);
            try (var download = machine.download("direct", Internet.SERVER6, TICKS)) {
                download.awaitProgress();
                for (int i = 0; i < 3; i++) {
                    var seen = new Talk(machine, "proxied", Internet.SERVER4)
                            .toNobody(List.of("within:4000", "receive:all"));
                    assertThat(seen.client()).singleElement(STRING).endsWith(": Connection reset by peer");
                }
                awaitEnds(daemon, "\"" + end + "\"", 3);
                download.awaitProgress();
            }
            awaitNothingLeft(daemon, before);
        }
    }

    @Test
    void aProxyThatIsKilledEndsItsFlowsAndServesNewOnesWhenItIsBack(Lab lab) throws Exception {
        try (var machine = machine(lab)) {
            var daemon = machine.apply(policy("socks5"));
            var first = microsocks(machine);
            assertThat(machine.page("direct", Internet.SERVER4)).startsWith("web from ");
            var before = settled(daemon);
            try (var other = machine.download("direct", Internet.SERVER4, TICKS);
                    var cut = machine.download("proxied", Internet.SERVER4, TICKS)) {
                other.awaitProgress();
                cut.awaitProgress();
                first.process().destroyForcibly();
                cut.process().awaitOutput("end: ", Machine.SOON);
                other.awaitProgress();
                assertThat(machine.curl("proxied", Internet.SERVER4, "5")
                                .attempt()
                                .status())
                        .isNotZero();
                awaitEnds(daemon, "refused", 1);
                try (var again = microsocks(machine)) {
                    assertThat(machine.page("proxied", Internet.SERVER4)).startsWith("web from ");
                    assertThat(again.alive()).isTrue();
                }
                other.awaitProgress();
            }
            awaitNothingLeft(daemon, before);
        }
    }

    @Test
    void aGroupFollowsTheHealthOfItsMembersAndCutsNothing(Lab lab) throws Exception {
        try (var machine = machine(lab)) {
            var proxy = microsocks(machine);
            machine.apply(policy("socks5"));
            awaitWay(machine, true);
            proxy.close();
            awaitWay(machine, false);
            try (var kept = machine.download("pair", Internet.SERVER4, TICKS);
                    var again = microsocks(machine)) {
                kept.awaitProgress();
                awaitWay(machine, true);
                kept.awaitProgress();
                assertThat(again.alive()).isTrue();
            }
        }
    }

    /** Through the proxy the server sees an address of its own machine. */
    private static void awaitWay(Machine machine, boolean proxied) {
        Await.until("new flows of the group " + (proxied ? "through the proxy" : "past the proxy"), Await.SOON, () -> {
            var page = machine.curl("pair", Internet.SERVER4, "2").attempt().out();
            return page.startsWith("web from ") && page.startsWith("web from " + Internet.MACHINE4 + " ") != proxied;
        });
    }

    @Test
    void withoutDescriptorsNewFlowsAreResetUntilThereAreSomeAgain(Lab lab) throws Exception {
        try (var machine = machine(lab)) {
            var file = SluiceDaemon.write(lab, machine.cgroups(), policy("socks5"));
            try (var daemon = SluiceDaemon.launch(lab, file, Map.of(), List.of("prlimit", "--nofile=300:300"))
                    .awaitReady()) {
                assertThat(machine.page("direct", Internet.SERVER4)).startsWith("web from ");
                var before = settled(daemon);
                try (var download = machine.download("direct", Internet.SERVER6, TICKS)) {
                    download.awaitProgress();
                    var clients = clients(machine, "direct", TICKS, 400, 3)
                            .await(Await.SOON)
                            .out();
                    // The server talks, so whoever was let in is served until it has enough.
                    assertThat(clients).contains("reset ");
                    int reset = Integer.parseInt(clients.replaceAll("(?s).*reset (\\d+) kept.*", "$1"));
                    assertThat(reset).isBetween(200, 390);
                    download.awaitProgress();
                    assertThat(machine.page("direct", Internet.SERVER4)).startsWith("web from ");
                }
                awaitNothingLeft(daemon, before);
            }
        }
    }

    private static Background clients(Machine machine, String cgroup, int port, int count, int seconds)
            throws Exception {
        return machine.in(
                        cgroup,
                        "python3",
                        script("many-clients.py"),
                        Internet.SERVER4,
                        Integer.toString(port),
                        Integer.toString(count),
                        Integer.toString(seconds))
                .start();
    }

    @Test
    void clientsWhoseServerNeverAnswersAreResetAndDoNotHoldOthersUp(Lab lab) throws Exception {
        int count = Scale.of(1_000, 10_000);
        try (var machine = machine(lab)) {
            // Nothing comes back: neither SYN-ACK nor RST.
            machine.internet().command("nft", "-f", "-").input("""
                    table inet hole {
                        chain arriving {
                            type filter hook prerouting priority raw;
                            tcp dport 4444 drop
                        }
                    }
                    """).run();
            var file = SluiceDaemon.write(lab, machine.cgroups(), policy("socks5"));
            // Ten thousand clients would take all descriptors of a service. They get half of them.
            try (var daemon = SluiceDaemon.launch(lab, file, Map.of(), List.of("prlimit", "--nofile=20000:20000"))
                    .awaitReady()) {
                assertThat(machine.page("direct", Internet.SERVER4)).startsWith("web from ");
                var before = settled(daemon);
                int first = count * 9 / 10;
                try (var waiting = clients(machine, "direct", 4444, first, 60)) {
                    waiting.awaitOutput("open " + first, Await.SOON);
                    assertThat(machine.page("other", Internet.SERVER4)).startsWith("web from ");
                    try (var more = clients(machine, "direct", 4444, count - first, 60)) {
                        assertThat(more.await(Await.SOON).out()).endsWith("reset " + (count - first) + " kept 0\n");
                    }
                    assertThat(waiting.await(Await.SOON).out()).endsWith("reset " + first + " kept 0\n");
                }
                Await.until(
                        "all have ended", Machine.SOON, () -> ends(daemon, HOLE, NO_ANSWER) + refused(daemon) == count);
                assertThat(ends(daemon, HOLE, NO_ANSWER)).isGreaterThanOrEqualTo(count / 5);
                awaitNothingLeft(daemon, before);
            }
        }
    }
}

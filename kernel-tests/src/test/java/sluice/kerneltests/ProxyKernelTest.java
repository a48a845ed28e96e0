// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import sluice.testkit.Answer;
import sluice.testkit.Await;
import sluice.testkit.CProgram;
import sluice.testkit.Dnsmasq;
import sluice.testkit.Haproxy;
import sluice.testkit.Internet;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;
import sluice.testkit.PacketCounter;
import sluice.testkit.Transport;

/** Rules with {@code proxy:}, the built-in engine and real programs on both sides. */
@KernelTest
class ProxyKernelTest {
    private static final String DIRECT = Machine.BYPASS + """
            rules:
              - {match: '^/proxied$', proxy: direct}
            """;

    private static final Pattern PORT = Pattern.compile("\"port\" : [0-9]+");
    private static final Pattern RUN = Pattern.compile("start pid (\\d+) descriptors");

    @Test
    void theEngineCarriesWhatARuleSendsIt(Lab lab) throws Exception {
        try (var machine = Machine.with(lab, "proxied", "other")) {
            Haproxy.web(machine.internet(), "web", 80);
            var daemon = machine.apply(DIRECT);
            for (var address : List.of(Internet.SERVER4, Internet.SERVER6)) {
                assertThat(machine.page("proxied", address))
                        .startsWith("web from ")
                        .endsWith(" to " + address + " 80\n");
                assertThat(machine.page("other", address)).startsWith("web from ");
            }
            Await.until(
                    "two lines of the access log",
                    Machine.SOON,
                    () -> flows(daemon).size() == 2);
            // A client that ends as soon as this one does may be gone before its command is looked up.
            assertThat(flows(daemon))
                    .allSatisfy(line -> assertThat(line)
                            .contains(" cgroup=/proxied ", " target=direct outbound=direct ", " end=finished"));
            assertThat(flows(daemon).getFirst()).contains(" destination=" + Internet.SERVER4 + ":80 ");
            assertThat(daemon.stop()).isZero();
            KernelState.assertNothingLeft(lab);
        }
    }

    @Test
    void aFlowIsShownWithItsApplicationWhileItLivesAndOutlivesItsRule(Lab lab) throws Exception {
        try (var machine = Machine.with(lab, "proxied")) {
            Answer.start(machine.internet(), "server", Transport.TCP, 9000);
            var daemon = machine.apply(DIRECT);
            try (var download = machine.download("proxied", Internet.SERVER6, 9000)) {
                download.awaitProgress();
                var flow = onlyFlow(daemon);
                assertThat(flow)
                        .containsEntry("transport", "tcp")
                        .containsEntry("application", "/proxied")
                        .containsEntry("cgroup", "/proxied")
                        .containsEntry("uid", 0)
                        .containsEntry("command", "probe")
                        .containsEntry("destination", "[" + Internet.SERVER6 + "]:9000")
                        .containsEntry("target", "direct")
                        .containsEntry("outbounds", List.of("direct"));
                assertThat(daemon.cli("flows", "--json").out()).contains("\"end\" : null");
                assertThat(Files.readString(Path.of("/proc/" + flow.get("pid") + "/comm")))
                        .isEqualTo("probe\n");
                assertThat(flow.get("received")).isNotEqualTo(0);
                assertThat(daemon.cli("flows").out()).contains("/proxied (probe ", "[" + Internet.SERVER6 + "]:9000");
                assertThat(daemon.cli("status").out()).contains("1 flows of at most");

                daemon.reload(machine.cgroups(), Machine.BYPASS + "rules: []\n");
                download.awaitProgress();
                assertThat(onlyFlow(daemon)).containsEntry("id", flow.get("id"));
                machine.apply(DIRECT.replace("proxied", "somebody"));
                download.awaitProgress();
            }
            Await.until("its line in the log", Machine.SOON, () -> flows(daemon).size() == 1);
            assertThat(flows(daemon).getFirst()).containsPattern(" received=[1-9][0-9]+ ");
        }
    }

    @Test
    void withoutALogWhoeverLooksSeesWhoseFlowsAreAll(Lab lab) throws Exception {
        try (var machine = Machine.with(lab, "proxied")) {
            Haproxy.web(machine.internet(), "web", 80);
            Answer.start(machine.internet(), "server", Transport.TCP, 9000);
            var daemon = machine.apply(DIRECT + "engine: {access-log: false}\n");
            try (var download = machine.download("proxied", Internet.SERVER4, 9000)) {
                download.awaitProgress();
                assertThat(onlyFlow(daemon)).containsEntry("application", "/proxied");
                try (var watched = daemon.watch("flows", "--follow")) {
                    watched.awaitOutput(Internet.SERVER4 + ":9000", Machine.SOON);
                    assertThat(machine.page("proxied", Internet.SERVER6)).startsWith("web from ");
                    watched.awaitOutput("finished", Machine.SOON);
                    assertThat(watched.lines())
                            .filteredOn(line -> line.contains(Internet.SERVER6))
                            .isNotEmpty()
                            .allSatisfy(line -> assertThat(line).contains("/proxied"));
                }
            }
            assertThat(flows(daemon)).isEmpty();
        }
    }

    @Test
    void aSocksProxyIsUsedByApplicationsThatKnowNothingOfIt(Lab lab) throws Exception {
        try (var machine = Machine.with(lab, "proxied", "other")) {
            Haproxy.web(machine.internet(), "web", 80);
            machine.internet()
                    .command("microsocks", "-i", Internet.OTHER4, "-b", Internet.OTHER4, "-p", "1080")
                    .start();
            machine.internet().awaitListener(Transport.TCP, 1080, Machine.SOON);
            var daemon = machine.apply(Machine.BYPASS + """
                    outbounds: {office: {type: socks5, server: '%s:1080'}}
                    routes: [{cidr: ['2001:db8:2::/64'], outbound: direct}]
                    rules:
                      - {match: '^/proxied$', proxy: office}
                    """.formatted(Internet.OTHER4));
            assertThat(machine.page("other", Internet.SERVER4)).startsWith("web from " + Internet.MACHINE4 + " ");
            assertThat(machine.page("proxied", Internet.SERVER4)).startsWith("web from " + Internet.OTHER4 + " ");
            assertThat(machine.page("proxied", Internet.SERVER6)).startsWith("web from " + Internet.MACHINE6 + " ");
            Await.until(
                    "two lines of the access log",
                    Machine.SOON,
                    () -> flows(daemon).size() == 2);
            assertThat(flows(daemon).getFirst()).contains(" target=office outbound=office ");
            assertThat(flows(daemon).getLast()).contains(" target=office route=routes[0] outbound=direct ");

            daemon.reload(machine.cgroups(), Machine.BYPASS + """
                    outbounds: {office: {type: block}}
                    rules:
                      - {match: '^/proxied$', proxy: office}
                    """);
            assertThat(machine.curl("proxied", Internet.SERVER4, "5").attempt().status())
                    .isNotZero();
            Await.until("a third line", Machine.SOON, () -> flows(daemon).size() == 3);
            assertThat(flows(daemon).getLast()).contains(" end=blocked");
        }
    }

    @Test
    void anAnswerThatComesTooLateGivesNothingAway(Lab lab) throws Exception {
        var late = lab.file("late.py", """
                import select, socket
                servers = []
                for family, address in ((socket.AF_INET, "%s"), (socket.AF_INET6, "%s")):
                    for port in (4000, 4001):
                        servers.append(socket.socket(family, socket.SOCK_DGRAM))
                        servers[-1].bind((address, port))
                print("ready", flush=True)
                asked = []
                while True:
                    ready, _, _ = select.select(servers, [], [], 1 if asked else None)
                    for server in ready:
                        asked.append((server, server.recvfrom(100)[1]))
                    if not ready:
                        for server, client in asked:
                            server.sendto(b"late", client)
                        print("answered", len(asked), flush=True)
                        asked = []
                """.formatted(Internet.SERVER4, Internet.SERVER6));
        try (var machine = Machine.with(lab, "proxied", "other");
                var server =
                        machine.internet().command("python3", late.toString()).start()) {
            server.awaitOutput("ready\n", Machine.SOON);
            machine.apply(DIRECT);
            var proxied = unreachable(machine, 4000);
            var other = unreachable(machine, 4001);
            ask(machine, "proxied", 4000);
            server.awaitOutput("answered 2\n", Machine.SOON);
            ask(machine, "other", 4001);
            // These come a second later than the others would.
            Await.until(
                    "errors about what is not proxied",
                    Machine.SOON,
                    () -> other.getFirst().packets() == 1 && other.getLast().packets() == 1);
            assertThat(proxied.getFirst().packets()).isZero();
            assertThat(proxied.getLast().packets()).isZero();
        }
    }

    /** Counts port-unreachable errors, over IPv4 and over IPv6, that quote a datagram from this port of a server. */
    private static List<PacketCounter> unreachable(Machine machine, int port) throws IOException {
        return List.of(
                machine.internet().count("icmp type destination-unreachable @th,224,16 " + port),
                machine.internet().count("icmpv6 type destination-unreachable @th,384,16 " + port));
    }

    /** Sends a datagram over IPv4 and one over IPv6, and closes the sockets at once. */
    private static void ask(Machine machine, String cgroup, int port) throws IOException {
        machine.in(cgroup, "python3", "-c", """
                import socket
                for family, address in ((socket.AF_INET, "%s"), (socket.AF_INET6, "%s")):
                    socket.socket(family, socket.SOCK_DGRAM).sendto(b"hello", (address, %d))
                """.formatted(Internet.SERVER4, Internet.SERVER6, port))
                .run();
    }

    @Test
    void datagramsAreCarriedAndShown(Lab lab) throws Exception {
        try (var machine = Machine.with(lab, "proxied")) {
            Dnsmasq.start(
                    machine.internet(),
                    List.of(Internet.SERVER4, Internet.SERVER6),
                    53,
                    Map.of("news.example", "192.0.2.7"),
                    null);
            var daemon = machine.apply("engine: {udp-timeout: 1s}\n" + DIRECT);
            for (var server : List.of(Internet.SERVER4, Internet.SERVER6)) {
                assertThat(machine.in("proxied", "dig", "+short", "+tries=1", "@" + server, "news.example")
                                .run()
                                .out())
                        .isEqualTo("192.0.2.7\n");
            }
            Await.until(
                    "two lines of the access log",
                    Machine.SOON,
                    () -> flows(daemon).size() == 2);
            assertThat(flows(daemon))
                    .allSatisfy(line -> assertThat(line).contains(" transport=udp ", " cgroup=/proxied "));
            assertThat(flows(daemon)).anyMatch(line -> line.contains(" destination=" + Internet.SERVER4 + ":53 "));
        }
    }

    @Test
    void newFlowsGoThroughTheMemberThatSomebodyChose(Lab lab) throws Exception {
        try (var machine = Machine.with(lab, "proxied")) {
            Haproxy.web(machine.internet(), "web", 80);
            var daemon = machine.apply(Machine.BYPASS + """
                    outbounds: {pick: {type: select, outbounds: [block, direct]}}
                    rules:
                      - {match: '^/proxied$', proxy: pick}
                    """);
            assertThat(machine.curl("proxied", Internet.SERVER4, "5").attempt().status())
                    .isNotZero();
            daemon.cli("select", "pick", "direct");
            assertThat(machine.page("proxied", Internet.SERVER4)).startsWith("web from ");
            assertThat(daemon.cli("status").out()).containsPattern("pick +select +direct +block, direct");
            assertThat(SluiceDaemon.command(lab, "select", "pick", "nowhere")
                            .attempt()
                            .err())
                    .contains("no member nowhere", "sluice status");
        }
    }

    @Test
    void sluiceRunStartsTheEngineWhenNoRuleDoes(Lab lab) throws Exception {
        try (var machine = Machine.with(lab, "proxied")) {
            Haproxy.web(machine.internet(), "web", 80);
            var daemon = machine.apply(Machine.BYPASS + "outbounds: {other: {type: direct}}\nrules: []\n");
            assertThat(daemon.cli("status", "--json").out()).contains("\"engine\" : null");
            assertThat(threads(daemon)).noneMatch(thread -> thread.startsWith("engine"));
            var page = daemon.cli(
                    "run", "--proxy", "other", "curl", "-sS", "-m", "20", "http://" + Internet.SERVER4 + "/");
            assertThat(page.out()).startsWith("web from ");
            Await.until("its line in the log", Machine.SOON, () -> flows(daemon).size() == 1);
            assertThat(flows(daemon).getFirst()).contains(" cgroup=/sluice-run/proxy=other/", " outbound=other ");
            assertThat(threads(daemon)).anyMatch(thread -> thread.startsWith("engine"));
            assertThat(SluiceDaemon.command(lab, "run", "--proxy", "nowhere", "true")
                            .attempt()
                            .err())
                    .contains("there is no target \"proxy nowhere\"");
        }
    }

    @Test
    void aProgramWhoseOutboundIsGoneIsRefusedUntilItIsBack(Lab lab) throws Exception {
        try (var machine = Machine.with(lab, "proxied")) {
            Haproxy.web(machine.internet(), "web", 80);
            var has = Machine.BYPASS + "outbounds: {other: {type: direct}}\nrules: []\n";
            var daemon = machine.apply(has);
            var asking = "for i in $(seq 500); do curl -s -m 2 http://%s/ || echo refused; sleep 0.1; done"
                    .formatted(Internet.SERVER4);
            try (var program = daemon.watch("run", "--proxy", "other", "--", "sh", "-c", asking)) {
                program.awaitOutput("web from ", Machine.SOON);
                var reloaded = daemon.reload(machine.cgroups(), Machine.BYPASS + "rules: []\n");
                assertThat(reloaded.err()).contains("were promised proxy other");
                var before = program.lines().size();
                program.awaitOutput("refused", Machine.SOON);
                Await.until("more attempts", Machine.SOON, () -> program.lines().size() >= before + 5);
                assertThat(program.lines().subList(before + 1, before + 5)).containsOnly("refused");
                assertThat(daemon.cli("explain", "/sluice-run/proxy=other").out())
                        .contains("gets reject from sluice run: the configuration has no proxy other any more");
                assertThat(daemon.cli("status").out()).contains("were promised proxy other");

                var answered = program.out().lastIndexOf("refused");
                assertThat(daemon.reload(machine.cgroups(), has).err()).isEmpty();
                Await.until(
                        "an answer again",
                        Machine.SOON,
                        () -> program.out().substring(answered).contains("web from "));
            }
        }
    }

    @Test
    void whatCannotCarryUdpRefusesItAtOnce(Lab lab) throws Exception {
        try (var machine = Machine.with(lab, "proxied", "other")) {
            Dnsmasq.start(machine.internet(), List.of(Internet.SERVER4), 53, Map.of("news.example", "192.0.2.7"), null);
            var daemon = machine.apply(Machine.BYPASS + """
                    outbounds: {corp: {type: http, server: '198.51.100.20:3128'}}
                    rules:
                      - {match: '^/proxied$', proxy: corp}
                    """);
            assertThat(machine.in("other", "dig", "+short", "@" + Internet.SERVER4, "news.example")
                            .run()
                            .out())
                    .isEqualTo("192.0.2.7\n");
            assertThat(machine.in("proxied", "dig", "+tries=1", "+time=20", "@" + Internet.SERVER4, "news.example")
                            .attempt()
                            .out())
                    .contains("connection refused");
            assertThat(daemon.cli("status", "--json").out()).containsPattern("\"udp\" : false");
        }
    }

    @Test
    void withoutTheDaemonNothingGoesDirectWhereTheRulesStay(Lab lab) throws Exception {
        try (var machine = Machine.with(lab, "proxied", "other")) {
            Haproxy.web(machine.internet(), "web", 80);
            var daemon = machine.apply("on-exit: keep\n" + DIRECT);
            assertThat(machine.page("proxied", Internet.SERVER4)).startsWith("web from ");
            daemon.kill9();
            for (var address : List.of(Internet.SERVER4, Internet.SERVER6)) {
                assertThat(machine.curl("proxied", address, "0.5").attempt().status())
                        .isEqualTo(28);
                assertThat(machine.page("other", address)).startsWith("web from ");
            }
        }
    }

    @Test
    void aRestartRefusesNobody(Lab lab) throws Exception {
        try (var machine = Machine.with(lab, "proxied")) {
            Haproxy.web(machine.internet(), "web", 80);
            var file = SluiceDaemon.write(lab, machine.cgroups(), "on-exit: keep\n" + DIRECT);
            var manager = List.of(
                    CProgram.of("service-manager").executable().toString(),
                    lab.directory().resolve("notify").toString(),
                    "2");
            try (var daemon = SluiceDaemon.launch(lab, file, Map.of(), manager)) {
                daemon.awaitReady().awaitLog("stored control\n", Machine.SOON);
                assertThat(daemon.log()).contains("stored engine.");
                var before = ports(daemon);
                assertThat(before).isNotEmpty();
                lab.here().script("kill -STOP " + runs(daemon).getFirst());
                // It is in the listener's queue, and nobody serves it until the next run.
                try (var page = machine.curl("proxied", Internet.SERVER4, "20").start()) {
                    Await.until(
                            "a connection",
                            Machine.SOON,
                            () -> !lab.here()
                                    .run("ss", "-Htn", "state", "established", "dst", Internet.SERVER4)
                                    .out()
                                    .isBlank());
                    lab.here().script("kill -KILL " + runs(daemon).getFirst());
                    assertThat(page.await(Machine.SOON).out()).startsWith("web from ");
                }
                assertThat(ports(daemon)).isEqualTo(before);
                lab.here().script("kill -TERM " + runs(daemon).get(1));
                assertThat(daemon.await(Machine.SOON).out()).endsWith("end 0\n");
            }
        }
    }

    private static List<String> runs(SluiceDaemon daemon) throws IOException {
        return RUN.matcher(daemon.log()).results().map(run -> run.group(1)).toList();
    }

    private static String ports(SluiceDaemon daemon) throws IOException {
        return PORT.matcher(daemon.cli("status", "--json").out())
                .results()
                .map(MatchResult::group)
                .collect(Collectors.joining());
    }

    private static List<String> threads(SluiceDaemon daemon) throws IOException {
        var names = new ArrayList<String>();
        try (var tasks = Files.newDirectoryStream(Path.of("/proc/" + daemon.pid() + "/task"))) {
            for (var task : tasks) {
                names.add(Files.readString(task.resolve("comm")).strip());
            }
        }
        return names;
    }

    private static Map<String, Object> onlyFlow(SluiceDaemon daemon) throws IOException {
        var flows =
                JSON.std.listOfFrom(Object.class, daemon.cli("flows", "--json").out());
        assertThat(flows).hasSize(1);
        return JSON.std.mapFrom(JSON.std.asString(flows.getFirst()));
    }

    private static List<String> flows(SluiceDaemon daemon) throws IOException {
        return daemon.log()
                .lines()
                .filter(line -> line.contains(" flow application="))
                .toList();
    }
}

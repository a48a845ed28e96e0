// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import sluice.testkit.Answer;
import sluice.testkit.Await;
import sluice.testkit.Dnsmasq;
import sluice.testkit.Haproxy;
import sluice.testkit.Internet;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;
import sluice.testkit.PacketCounter;
import sluice.testkit.Transport;

/** Keys of the engine, its outbounds and its routes take effect by a reload. */
@KernelTest
class ReloadedEngineKeysKernelTest {
    /** The machine's second address. */
    private static final String SECOND4 = "192.0.2.3";

    private static final String SILENT = "9001";

    /** Accepts, and neither says nor ends anything. */
    private static final String SILENT_SERVER = """
            import socket
            server = socket.create_server(("%s", %s))
            print("ready", flush=True)
            kept = []
            while True:
                kept.append(server.accept())
            """.formatted(Internet.SERVER4, SILENT);

    /** Connects, says something, perhaps that it has no more to say, and waits for the end. */
    private static final String SILENT_CLIENT = """
            import socket, sys
            client = socket.create_connection(("%s", %s))
            client.sendall(b"hello")
            if sys.argv[1] == "half":
                client.shutdown(socket.SHUT_WR)
            try:
                print("ended", client.recv(1), flush=True)
            except ConnectionResetError:
                print("ended by a reset", flush=True)
            """.formatted(Internet.SERVER4, SILENT);

    private static final String STUB = "servers: ['udp://" + NameWorld.STUB + "']";

    private static String through(String outbound, String more) {
        return Machine.BYPASS + more + "\nrules: [{match: '^/proxied$', proxy: " + outbound + "}]\n";
    }

    private static String direct(String more) {
        return through("direct", more);
    }

    private static long flows(SluiceDaemon daemon) throws IOException {
        return daemon.log().lines().filter(line -> line.contains(" flow ")).count();
    }

    private static boolean fails(Machine machine, String seconds, String... more) throws IOException {
        return machine.in("proxied", curl(seconds, more)).attempt().status() != 0;
    }

    private static String[] curl(String seconds, String... more) {
        var words = new java.util.ArrayList<>(List.of("curl", "-sS", "-m", seconds));
        words.addAll(List.of(more));
        words.add("http://" + Internet.SERVER4 + "/");
        return words.toArray(String[]::new);
    }

    @Test
    void boundsAndTimesOfTheEngine(Lab lab) throws Exception {
        try (var machine = Machine.with(lab, "proxied")) {
            Answer.start(machine.internet(), "server", Transport.TCP, 9000);
            Haproxy.web(machine.internet(), "web", 80);
            var daemon = machine.apply(direct(""));
            machine.apply(direct("engine: {max-flows: 7}"));
            assertThat(daemon.cli("status").out()).contains("0 flows of at most 7");
            machine.apply(direct("engine: {max-flows-per-app: 1}"));
            try (var download = machine.download("proxied", Internet.SERVER4, 9000)) {
                download.awaitProgress();
                assertThat(fails(machine, "10")).isTrue();
                machine.apply(direct("engine: {max-flows-per-app: 0}"));
                assertThat(fails(machine, "10")).isFalse();
            }
            machine.internet().script("""
                    nft add table inet hole
                    nft 'add chain inet hole input { type filter hook input priority 0; }'
                    nft add rule inet hole input tcp dport 81 drop
                    """);
            machine.apply(direct("engine: {connect-timeout: 10m}"));
            machine.apply(direct("engine: {connect-timeout: 1s}"));
            // curl's own patience would end with 28.
            assertThat(machine.in("proxied", "curl", "-sS", "-m", "60", "http://" + Internet.SERVER4 + ":81/")
                            .attempt()
                            .status())
                    .isNotIn(0, 28);
        }
    }

    @Test
    void silenceOfTheEngine(Lab lab) throws Exception {
        var server = lab.file("server.py", SILENT_SERVER);
        var client = lab.file("client.py", SILENT_CLIENT);
        try (var machine = Machine.with(lab, "proxied")) {
            var listening =
                    machine.internet().command("python3", server.toString()).start();
            listening.awaitOutput("ready\n", Machine.SOON);
            machine.apply(direct(""));
            for (var key : List.of("idle-timeout: 1s", "half-close-timeout: 1s")) {
                machine.apply(direct("engine: {" + key + "}"));
                try (var silent = machine.in(
                                "proxied", "python3", client.toString(), key.startsWith("half") ? "half" : "open")
                        .start()) {
                    silent.awaitOutput("ended", Machine.SOON);
                }
            }
        }
    }

    @Test
    void whatTheEngineTellsAndLooksAt(Lab lab) throws Exception {
        var script = Objects.requireNonNull(UserAgentKernelTest.class.getResource("telling-proxy.py"));
        try (var machine = Machine.with(lab, "proxied")) {
            Haproxy.web(machine.internet(), "web", 80);
            Dnsmasq.start(machine.internet(), List.of(Internet.SERVER4), 53, Map.of("a.example", "192.0.2.7"), null);
            var proxy = machine.internet()
                    .command("python3", script.getPath(), "3128")
                    .start();
            proxy.awaitOutput("ready\n", Machine.SOON);
            var daemon = machine.apply(direct(""));
            machine.in("proxied", "dig", "+tries=1", "@" + Internet.SERVER4, "a.example")
                    .run();
            assertThat(flows(daemon)).isZero();
            machine.apply(direct("engine: {udp-timeout: 1s}"));
            Await.until("the datagrams' flow ends", Machine.SOON, () -> flows(daemon) == 1);

            machine.apply(direct("engine: {access-log: false}"));
            assertThat(fails(machine, "10")).isFalse();
            machine.apply(direct("engine: {access-log: true}"));
            assertThat(fails(machine, "10")).isFalse();
            Await.until("the second page is in the log", Machine.SOON, () -> flows(daemon) == 2);

            var route = "routes: [{domain: no.example, outbound: block}]\nengine: ";
            machine.apply(direct(route + "{sniff: false}"));
            assertThat(fails(machine, "10", "-H", "Host: no.example")).isFalse();
            machine.apply(direct(route + "{sniff: true}"));
            assertThat(fails(machine, "10", "-H", "Host: no.example")).isTrue();

            var corp = "outbounds: {corp: {type: http, server: '" + Internet.OTHER4 + ":3128'}}\nengine: ";
            machine.apply(through("corp", corp + "{user-agent: false}"));
            assertThat(fails(machine, "10")).isFalse();
            assertThat(proxy.lines()).noneMatch(line -> line.startsWith("User-Agent"));
            machine.apply(through("corp", corp + "{user-agent: true}"));
            assertThat(fails(machine, "10")).isFalse();
            proxy.awaitOutput("User-Agent: curl/", Machine.SOON);
        }
    }

    private static String socks(int port, String more) {
        return "outbounds: {office: {type: socks5, server: '" + Internet.OTHER4 + ":" + port + "'" + more + "}}";
    }

    @Test
    void keysOfOutbounds(Lab lab) throws Exception {
        try (var machine = Machine.with(lab, "proxied")) {
            var internet = machine.internet();
            Haproxy.web(internet, "web", 80);
            for (var address : List.of(Internet.OTHER4, Internet.SERVER4)) {
                var port = address.equals(Internet.OTHER4) ? "1080" : "1081";
                internet.command("microsocks", "-i", Internet.OTHER4, "-b", address, "-p", port, "-u", "a", "-P", "b")
                        .start();
                internet.awaitListener(Transport.TCP, Integer.parseInt(port), Machine.SOON);
            }
            var known = ", username: a, password: b";
            var daemon = machine.apply(through("office", socks(1080, known)));
            assertThat(machine.page("proxied", Internet.SERVER4)).startsWith("web from " + Internet.OTHER4);
            machine.apply(through("office", socks(1081, known)));
            assertThat(machine.page("proxied", Internet.SERVER4)).startsWith("web from " + Internet.SERVER4);
            machine.apply(through("office", socks(1081, ", username: a, password: c")));
            assertThat(fails(machine, "10")).isTrue();
            machine.apply(through("office", socks(1081, ", username: c, password: b")));
            assertThat(fails(machine, "10")).isTrue();
            machine.apply(through("office", socks(1081, known + ", udp: true")));
            assertThat(daemon.cli("status").out()).doesNotContain("TCP only");
            machine.apply(through(
                    "office",
                    socks(1081, known + ", via: first")
                            .replace("}}", "}, first: " + socks(1080, known).replace("outbounds: {office: ", ""))));
            assertThat(machine.page("proxied", Internet.SERVER4)).startsWith("web from " + Internet.SERVER4);
            Await.until(
                    "both proxies are in the log",
                    Machine.SOON,
                    () -> daemon.log().contains("outbound=office>first"));
        }
    }

    @Test
    void keysThatSocketsHave(Lab lab) throws Exception {
        try (var machine = Machine.with(lab, "proxied")) {
            Haproxy.web(machine.internet(), "web", 80);
            Answer.start(machine.internet(), "server", Transport.TCP, 9000);
            lab.here()
                    .address(Internet.DEVICE, SECOND4 + "/24")
                    .script("ip link add nowhere type veth peer name nothing; ip link set nowhere up");
            machine.apply(through("vpn", "outbounds: {vpn: {type: direct}}"));
            assertThat(machine.page("proxied", Internet.SERVER4)).startsWith("web from " + Internet.MACHINE4);
            machine.apply(through("vpn", "outbounds: {vpn: {type: direct, source: " + SECOND4 + "}}"));
            assertThat(machine.page("proxied", Internet.SERVER4)).startsWith("web from " + SECOND4);
            machine.apply(through("vpn", "outbounds: {vpn: {type: direct, interface: nowhere}}"));
            assertThat(fails(machine, "10")).isTrue();
            machine.apply(through("vpn", "outbounds: {vpn: {type: direct, interface: " + Internet.DEVICE + "}}"));
            assertThat(fails(machine, "10")).isFalse();
            machine.apply(through("vpn", "outbounds: {vpn: {type: direct, mark: 0x10}}"));
            assertMarks(lab, machine, "0x8000010");
            machine.apply(through("vpn", "marks: {guard: 0x04000000}\noutbounds: {vpn: {type: direct, mark: 0x10}}"));
            assertMarks(lab, machine, "0x4000010");
        }
    }

    /** What a new flow's socket has, and that it goes on after the loop guard has changed. */
    private static void assertMarks(Lab lab, Machine machine, String mark) throws IOException {
        try (var download = machine.download("proxied", Internet.SERVER4, 9000)) {
            download.awaitProgress();
            assertThat(lab.here()
                            .run("ss", "-Htne", "state", "established", "dst", Internet.SERVER4)
                            .out())
                    .contains("fwmark:" + mark + " ");
        }
    }

    @Test
    void flowsThatBeganUnderTheFormerLoopGuardGoOnThoughTheDaemonItselfIsProxied(Lab lab) throws Exception {
        try (var machine = Machine.with(lab, "proxied")) {
            Answer.start(machine.internet(), "server", Transport.TCP, 9000);
            Answer.start(machine.internet(), "server", Transport.UDP, 9000);
            var everybody = "rules: [{match: '.*', proxy: direct}]\n";
            var daemon = machine.apply(Machine.BYPASS + everybody);
            Files.writeString(machine.cgroup("daemon").resolve("cgroup.procs"), Long.toString(daemon.pid()));
            try (var download = machine.download("proxied", Internet.SERVER4, 9000);
                    var stream = machine.stream("proxied", Internet.SERVER6, 9000)) {
                download.awaitProgress();
                stream.awaitProgress();
                machine.apply(Machine.BYPASS + "marks: {guard: 0x04000000}\n" + everybody);
                download.awaitProgress();
                stream.awaitProgress();
                try (var later = machine.stream("proxied", Internet.SERVER4, 9000)) {
                    later.awaitProgress();
                }
                assertThat(daemon.cli("flows", "--json").out()).doesNotContain("/daemon");
                assertThat(lab.here().run("ss", "-Huane").out())
                        .contains("fwmark:0x4000000")
                        .doesNotContain("fwmark:0x8000000", "fwmark:0xc000000");
            }
        }
    }

    @Test
    void keysOfRoutes(Lab lab) throws Exception {
        try (var machine = Machine.with(lab, "proxied")) {
            Haproxy.web(machine.internet(), "web", 80);
            machine.apply(direct("routes: []"));
            for (var condition : List.of(
                    "cidr: " + Internet.SERVER4,
                    "port: 80",
                    "network: tcp",
                    "protocol: http",
                    "domain: '" + "keyword:example" + "'")) {
                machine.apply(direct("routes: [{" + condition + ", outbound: block}]"));
                assertThat(fails(machine, "10", "-H", "Host: www.example"))
                        .as(condition)
                        .isTrue();
                machine.apply(direct("routes: [{" + condition + ", outbound: direct}]"));
                assertThat(fails(machine, "10", "-H", "Host: www.example"))
                        .as(condition)
                        .isFalse();
            }
            for (var list : Map.of("cidr-file", Internet.SERVER4, "domain-file", "*.example")
                    .entrySet()) {
                var routes = "routes: [{" + list.getKey() + ": " + lab.file("list", "# none\n") + ", outbound: block}]";
                machine.apply(direct(routes));
                assertThat(fails(machine, "10", "-H", "Host: www.example")).isFalse();
                lab.file("list", list.getValue() + "\n");
                machine.apply(direct(routes));
                assertThat(fails(machine, "10", "-H", "Host: www.example")).isTrue();
            }
            machine.apply(direct("dns: {mode: real, file: " + lab.directory().resolve("fakes")
                    + "}\nroutes: [{domain: home.example, outbound: direct, nft-set: home}]"));
            assertThat(KernelState.of(lab)).contains("set route_home4", "set route_home6");
        }
    }

    @Test
    void keysOfDns(Lab lab) throws Exception {
        try (var world = NameWorld.open(lab)) {
            var daemon = world.machine().apply(world.configuration("mode: real, " + STUB));
            assertThat(dig(world)).isEqualTo(Internet.SERVER4);
            world.machine().apply(world.configuration("mode: fake-ip"));
            assertThat(dig(world)).startsWith("198.18.");
            assertThat(lab.directory().resolve("fakes")).exists();
            world.machine().apply(world.configuration("mode: fake-ip, ipv4: 198.19.0.0/16, ipv6: 'fd00:5316::/96'"));
            assertThat(dig(world)).startsWith("198.19.");
            assertThat(world.dig("proxied", NameWorld.STUB, "AAAA", NameWorld.WEB))
                    .startsWith("fd00:5316::");
            for (var seconds : List.of("7", "8")) {
                world.machine().apply(world.configuration("mode: fake-ip, fake-ttl: " + seconds + "s"));
                assertThat(world.machine()
                                .in("proxied", "dig", "+noall", "+answer", "@" + NameWorld.STUB, NameWorld.WEB)
                                .run()
                                .out())
                        .containsPattern("\\s" + seconds + "\\s+IN\\s+A\\s");
            }
            world.machine()
                    .apply(world.configuration("mode: fake-ip")
                            .replace("file: " + lab.directory() + "/fakes", "file: " + lab.directory() + "/others"));
            assertThat(dig(world)).startsWith("198.18.");
            assertThat(lab.directory().resolve("others")).exists();

            for (var server : Map.of(Internet.SERVER4, NameWorld.SPLIT_ADDRESS, Internet.OTHER4, NameWorld.SPLIT_OTHER)
                    .entrySet()) {
                world.machine().apply(world.configuration("mode: real, servers: ['udp://" + server.getKey() + "']"));
                assertThat(world.dig("proxied", NameWorld.STUB, NameWorld.SPLIT))
                        .isEqualTo(server.getValue());
            }
            world.machine()
                    .apply(world.configuration(
                            "mode: real, " + STUB + ", rules: [{domain: " + NameWorld.WEB + ", answer: refuse}]"));
            assertThat(dig(world)).isEmpty();

            world.machine().apply(world.configuration("mode: real, cache-size: 0, log: true, " + STUB));
            int before = world.local().queries().size();
            assertThat(dig(world)).isEqualTo(Internet.SERVER4);
            assertThat(dig(world)).isEqualTo(Internet.SERVER4);
            assertThat(world.local().queries()).hasSize(before + 2);
            daemon.awaitLog(" query ", Machine.SOON);

            world.machine().apply(world.configuration("mode: off"));
            PacketCounter escaped = world.escaped();
            assertThat(world.machine()
                            .in("proxied", "dig", "+tries=1", "+time=1", "@" + NameWorld.STUB, NameWorld.WEB)
                            .run()
                            .out())
                    .contains(Internet.SERVER4);
            assertThat(escaped.packets()).isZero();
        }
    }

    private static String dig(NameWorld world) throws IOException {
        return world.dig("proxied", NameWorld.STUB, NameWorld.WEB);
    }

    /** A kept connection of before goes on by an outbound that is not in the file any more otherwise. */
    @Test
    void nameServersAreAskedByTheOutboundAsItIsNow(Lab lab) throws Exception {
        try (var world = NameWorld.open(lab)) {
            var server =
                    "mode: real, cache-size: 0, servers: [{url: 'tcp://" + Internet.SERVER4 + "', outbound: office}]";
            world.machine().apply(world.configuration(server));
            PacketCounter asked = world.machine().internet().count("iifname machine tcp dport " + NameWorld.SOCKS);
            assertThat(dig(world)).isEqualTo(Internet.SERVER4);
            assertThat(asked.packets()).isPositive();
            world.machine()
                    .apply(world.configuration(server)
                            .replace(
                                    "{type: socks5, server: '" + Internet.OTHER4 + ":" + NameWorld.SOCKS + "'}",
                                    "{type: socks5, server: '" + Internet.OTHER4 + ":1079'}"));
            assertThat(world.machine()
                            .in("proxied", "dig", "+tries=1", "+time=10", "@" + NameWorld.STUB, NameWorld.WEB)
                            .run()
                            .out())
                    .contains("status: SERVFAIL");
        }
    }
}

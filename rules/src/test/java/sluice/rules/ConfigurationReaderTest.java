// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sluice.linux.IpText;

class ConfigurationReaderTest {
    private static final String EVERYTHING = """
            version: 1
            cgroup-root: AUTO
            route-table: 300
            bypass: [127.0.0.0/8, "::1", 224.0.0.0/4, ff00::/8]
            intercept: auto
            new-cgroups: hold
            on-exit: keep
            reload: auto
            own-table: auto
            marks: {mask: 0xffffffff, flow-mask: 0xff000000, guard: 0x08000000}
            rule-priority: 1500
            run: [{user: alice, targets: [direct, office]}, {user: 0, targets: drop}]
            tproxies:
              mihomo: {mark: 3000, port: 7893, no-udp: false, no-ipv6: on, when-down: direct,
                       dns-hijack: {ip: 127.0.0.1, ip6: "::1", port: 5353, tcp: true}}
            outbounds:
              office: {type: socks5, server: "192.0.2.1:1080", username: u, password: hunter2, udp: true,
                       names: local}
              corp:   {type: http, server: "Proxy.Example:3128",
                       tls: {ca: /etc/corp.pem, sni: Inner.example}, via: office}
              vpn:    {type: direct, interface: wg0, source: [192.0.2.5, "2001:db8::5"], mark: 7}
              none:   {type: block}
              best:   {type: url-test, outbounds: [office, corp], url: "http://probe.example/generate_204", interval: 60s}
              safe:   {type: fallback, outbounds: [best, direct]}
              pick:   {type: select, outbounds: [office, vpn]}
              spread: {type: load-balance, outbounds: [office, corp], strategy: round-robin, timeout: 2s}
            routes:
              - {domain: [example.org, "*.example.net"], outbound: direct}
              - {cidr: [10.0.0.0/8], port: [22, "8000-8999"], network: tcp, outbound: office}
              - {app: firefox, outbound: block}
            engine: {connect-timeout: 5s, idle-timeout: 0, half-close-timeout: 30s, udp-timeout: 2m, max-flows: 9000,
                     max-flows-per-app: 100, access-log: off, sniff: false, user-agent: true}
            dns: {mode: fake-ip, ipv4: 198.18.0.0/15, ipv6: "fd00:5315::/96",
                  servers: ["udp://9.9.9.9", "tls://9.9.9.9:853", "https://dns.example/dns-query"], file: AUTO}
            api: {listen: "127.0.0.1:9090", secret: hunter2, socket: /run/sluice/control.sock}
            rules:
              - {match: '^/system\\.slice/mihomo\\.service', direct: true}
              - {app: org.telegram.desktop, proxy: office}
              - {unit: "backup-*.service", user: alice, drop: true}
              - {slice: guests, drop: reject}
              - {container: web, drop: all}
              - {match: '\\/.*', tproxy: mihomo}
            """;

    @Test
    void readsEveryKey() {
        Reading reading = Configurations.read(EVERYTHING);
        assertThat(reading.warnings()).isEmpty();
        Configuration c = reading.configuration();
        assertThat(c.newCgroups()).isEqualTo(Configuration.NewCgroups.HOLD);
        assertThat(c.onExit()).isEqualTo(Configuration.OnExit.KEEP);
        assertThat(c.reload()).isEqualTo(Configuration.Reload.AUTO);
        assertThat(c.ownTable()).isEqualTo(Configuration.OwnTable.AUTO);
        assertThat(c.rulePriority()).isEqualTo(1500);
        assertThat(c.marks()).isEqualTo(Marks.DEFAULT);
        assertThat(c.run())
                .containsExactly(
                        new RunGrant("alice", 1000, List.of("direct", "office")),
                        new RunGrant("0", 0, List.of("drop")));
        Tproxy mihomo = Objects.requireNonNull(c.tproxies().get("mihomo"));
        assertThat(mihomo.noIpv6()).isTrue();
        assertThat(mihomo.whenDown()).isEqualTo(Tproxy.WhenDown.DIRECT);
        DnsHijack hijack = mihomo.dnsHijack().orElseThrow();
        assertThat(IpText.of(hijack.ipv6Server().orElseThrow())).isEqualTo("::1");
        assertThat(hijack.port()).isEqualTo(5353);
        assertThat(c.routes()).hasSize(3);
        assertThat(c.routes().get(1).ports()).containsExactly(new PortRange(22, 22), new PortRange(8000, 8999));
        assertThat(c.routes().get(1).network()).isEqualTo(Route.Network.TCP);
        assertThat(c.routes().getFirst().domains())
                .containsExactly(new DomainPattern.Exact("example.org"), new DomainPattern.Below("example.net"));
        assertThat(c.engine())
                .isEqualTo(new EngineSettings(
                        Duration.ofSeconds(5),
                        Duration.ZERO,
                        Duration.ofSeconds(30),
                        Duration.ofMinutes(2),
                        9000,
                        100,
                        false,
                        Sniffing.OFF,
                        true));
        assertThat(c.dns().servers()).hasSize(3);
        assertThat(c.api().listen()).contains(new Endpoint("127.0.0.1", 9090));
        assertThat(c.api().secret().orElseThrow().reveal()).isEqualTo("hunter2");
        assertThat(c.rules())
                .extracting(rule -> rule.target().description())
                .containsExactly("direct", "proxy office", "drop", "reject", "drop all", "tproxy mihomo");
        assertThat(c.rules().get(2).condition()).isEqualTo("unit: backup-*.service, user: alice");
    }

    private static Sniffing sniffing(String yaml) {
        return Configurations.read("version: 1\nengine: {sniff: " + yaml + "}\n")
                .configuration()
                .engine()
                .sniff();
    }

    @Test
    void readsHowNamesAreReadFromFlows() {
        assertThat(sniffing("true")).isEqualTo(Sniffing.DEFAULT);
        assertThat(sniffing("{}")).isEqualTo(Sniffing.DEFAULT);
        assertThat(sniffing("off")).isEqualTo(Sniffing.OFF);
        assertThat(sniffing("{override: true, wait: 20ms, skip-ports: [22, 8000-8999], skip: '*.push.example'}"))
                .isEqualTo(new Sniffing(
                        true,
                        true,
                        Duration.ofMillis(20),
                        List.of(new PortRange(22, 22), new PortRange(8000, 8999)),
                        DomainList.of(new DomainPattern.Below("push.example"))));
        assertThat(sniffing("{skip-ports: []}").skipPorts()).isEmpty();
    }

    @Test
    void saysWhatIsWrongWithHowNamesAreReadFromFlows() {
        assertThat(Configurations.problems("version: 1\nengine: {sniff: {wait: 1m, skip: 'a*', skip-ports: 0}}\n"))
                .hasSize(3)
                .anySatisfy(
                        line -> assertThat(line).contains("engine.sniff.wait: found \"1m\": 10ms to 10s are expected"))
                .anySatisfy(line -> assertThat(line).contains("engine.sniff.skip: "))
                .anySatisfy(line -> assertThat(line).contains("engine.sniff.skip-ports: "));
        assertThat(Configurations.problems("version: 1\nengine: {sniff: maybe}\n"))
                .singleElement()
                .asString()
                .contains("true or false is expected");
    }

    @Test
    void readsEveryKindOfOutbound() {
        var outbounds = Configurations.read(EVERYTHING).configuration().outbounds();
        assertThat(outbounds.keySet())
                .containsExactly("office", "corp", "vpn", "none", "best", "safe", "pick", "spread");
        assertThat(outbounds.get("office"))
                .isEqualTo(new Outbound.Socks5(
                        "office",
                        new Endpoint("192.0.2.1", 1080),
                        Optional.of(new Credentials("u", new Secret("hunter2"))),
                        true,
                        Outbound.Names.LOCAL,
                        Outbound.Dial.PLAIN));
        assertThat(outbounds.get("corp"))
                .isEqualTo(new Outbound.Http(
                        "corp",
                        new Endpoint("proxy.example", 3128),
                        Optional.empty(),
                        Optional.of(
                                new Outbound.Tls(Optional.of(Path.of("/etc/corp.pem")), Optional.of("inner.example"))),
                        Outbound.Names.REMOTE,
                        new Outbound.Dial(Optional.of("office"), Optional.empty(), List.of(), 0)));
        assertThat(outbounds.get("vpn"))
                .isEqualTo(new Outbound.Direct(
                        "vpn",
                        new Outbound.Dial(
                                Optional.empty(),
                                Optional.of("wg0"),
                                List.of(IpLiteral.parse("192.0.2.5"), IpLiteral.parse("2001:db8::5")),
                                7)));
        assertThat(outbounds.get("best")).isInstanceOfSatisfying(Outbound.UrlTest.class, best -> {
            assertThat(best.probe().interval()).isEqualTo(Duration.ofMinutes(1));
            assertThat(best.tolerance()).isEqualTo(Duration.ofMillis(50));
        });
        assertThat(outbounds.get("safe")).isInstanceOf(Outbound.Fallback.class);
        assertThat(outbounds.get("pick")).isEqualTo(new Outbound.Select("pick", List.of("office", "vpn")));
        assertThat(outbounds.get("spread")).isInstanceOfSatisfying(Outbound.LoadBalance.class, spread -> {
            assertThat(spread.strategy()).isEqualTo(Outbound.LoadBalance.Strategy.ROUND_ROBIN);
            assertThat(spread.probe().timeout()).isEqualTo(Duration.ofSeconds(2));
        });
        assertThat(outbounds.get("none")).isEqualTo(new Outbound.Block("none"));
    }

    @Test
    void hostsInUrlsTakeTheFormThatTlsAndCertificatesHave() {
        Configuration c = Configurations.read("""
                version: 1
                outbounds:
                  a: {type: fallback, outbounds: [direct], url: "https://Probe.Example./A?b=%20C"}
                  b: {type: fallback, outbounds: [direct], url: "https://[2001:DB8:0::1]:8443/"}
                dns: {mode: real, servers: ["tls://DNS.example.", "https://dns.example.:8443/q"]}
                """).configuration();
        assertThat(c.outbounds().values())
                .map(group -> ((Outbound.Fallback) group).probe().url())
                .map(URI::toString)
                .containsExactly("https://probe.example/A?b=%20C", "https://[2001:db8::1]:8443/");
        assertThat(c.dns().servers())
                .map(server -> server.uri().toString())
                .containsExactly("tls://dns.example", "https://dns.example:8443/q");
    }

    @Test
    void secretsAreNotInTheTextOfAConfiguration() {
        assertThat(Configurations.read(EVERYTHING).configuration().toString())
                .contains("office")
                .doesNotContain("hunter2");
    }

    @Test
    void smallestFileHasTheDefaultsOfNoFile() {
        assertThat(Configurations.read("version: 1\n").configuration()).isEqualTo(Configuration.EVERYTHING_DIRECT);
        assertThat(Configurations.read("version: 1\nrules:\nbypass: ~\ntproxies: null\n")
                        .configuration())
                .isEqualTo(Configuration.EVERYTHING_DIRECT);
    }

    @Test
    void anchorsAndMergeKeysWork() {
        Configuration c = Configurations.read("""
                        version: 1
                        tproxies:
                          a: &a {mark: 1, port: 2, no-udp: yes}
                          b: {<<: *a, mark: 3}
                        """).configuration();
        Tproxy b = Objects.requireNonNull(c.tproxies().get("b"));
        assertThat(b.mark()).isEqualTo(3);
        assertThat(b.port()).isEqualTo(2);
        assertThat(b.noUdp()).isTrue();
    }

    @Test
    void wholeAndEdgeBlocksAreAcceptedInBypass() {
        Configuration c = Configurations.read("""
                        version: 1
                        bypass: [0.0.0.0/0, 240.0.0.0/4, 255.255.255.255, 10.0.0.0/8, 10.1.0.0/16, "::/0", "fe80::1/10"]
                        """).configuration();
        assertThat(c.bypass().blocks()).hasSize(7).extracting(Prefix::toString).endsWith("fe80::/10");
        assertThat(PrefixSet.merge(c.bypass().blocks()).ipv4()).hasSize(1);
    }

    @Test
    void warnsAboutWhatMayNotBeMeant() {
        assertThat(Configurations.problems("""
                        version: 1
                        bypass: [127.0.0.0/8]
                        rules:
                          - {match: '/system.slice/a.service', direct: true}
                          - {match: '^/system.slice/b.service', direct: true}
                          - {match: '^/system.slice/b.service', drop: true}
                          - {match: '\\/.*', drop: true}
                          - {match: '^/late', drop: true}
                        """))
                .containsExactly(
                        "config.yaml:2:9: warning: bypass: without ::1, 224.0.0.0/4, ff00::/8: loopback or multicast traffic "
                                + "will be dropped or sent to a proxy; add them unless that is meant",
                        "config.yaml:4:13: warning: rules[0].match: this is searched for anywhere in the path: users name "
                                + "their own cgroups, so any of them can make one that goes direct; start it with ^",
                        "config.yaml:6:5: warning: rules[2]: this rule is never reached: rules[1] in line 5 has the same "
                                + "condition; remove one of them",
                        "config.yaml:8:5: warning: rules[4]: this rule is never reached: rules[3] in line 7 matches every "
                                + "cgroup; move it up");
    }

    @Test
    void readsAFileAndNamesItInProblems(@TempDir Path directory) throws Exception {
        Path file = Files.writeString(directory.resolve("c.yaml"), "version: 1\nroute-table: 7\n");
        var reader = new ConfigurationReader(Configurations.USERS);
        assertThat(reader.read(file).configuration().routeTable()).isEqualTo(7);
        Files.write(file, new byte[SourceText.LONGEST + 10]);
        InvalidConfigurationException refused =
                assertThrows(InvalidConfigurationException.class, () -> reader.read(file));
        assertThat(refused).hasMessageStartingWith(file + ":1:1: the file is longer than 1048576 bytes");
    }

    @Test
    void byteOrderMarkIsIgnored() {
        assertThat(Configurations.problems("\ufeffversion: 1\n".getBytes(StandardCharsets.UTF_8)))
                .isEmpty();
    }
}

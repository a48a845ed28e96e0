// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DnsReaderTest {
    private static final String EVERYTHING = """
            version: 1
            outbounds: {office: {type: socks5, server: "192.0.2.1:1080", udp: true}}
            routes:
              - {domain: ["*.home.example"], outbound: direct, nft-set: home}
            dns:
              mode: fake-ip
              ipv4: 198.18.0.0/16
              ipv6: "fd00:1::/100"
              fake-ttl: 90s
              file: /var/lib/sluice/names
              servers:
                - udp://9.9.9.9
                - url: https://DNS.example:8443/dns-query
                  outbound: office
                  address: [192.0.2.53, "2001:db8::53"]
                  ca: /etc/dns.pem
                  sni: Inner.example
              strategy: parallel
              rules:
                - {domain: ["*.corp.example"], answer: real, servers: "tcp://10.0.0.53:5353"}
                - {app: org.mozilla.firefox, servers: ["tls://[2001:db8::54]", {url: "udp://10.0.0.54", outbound: office}]}
                - {domain: "keyword:ads", unit: [backup.service], answer: refuse}
                - {domain: fake.example, answer: fake-ip}
              cache-size: 0
              stale: 0
              verify: true
              log: true
            """;

    private static DnsSettings read(String yaml) {
        return Configurations.read(yaml).configuration().dns();
    }

    @Test
    void readsEveryKey() {
        assertThat(Configurations.read(EVERYTHING).warnings()).isEmpty();
        var dns = read(EVERYTHING);
        assertThat(dns.mode()).isEqualTo(DnsSettings.Mode.FAKE_IP);
        assertThat(dns.ipv4()).hasToString("198.18.0.0/16");
        assertThat(dns.ipv6()).hasToString("fd00:1::/100");
        assertThat(dns.fakeTtl()).isEqualTo(Duration.ofSeconds(90));
        assertThat(dns.file()).contains(Path.of("/var/lib/sluice/names"));
        assertThat(dns.servers())
                .containsExactly(
                        new DnsServer(URI.create("udp://9.9.9.9")),
                        new DnsServer(
                                URI.create("https://DNS.example:8443/dns-query"),
                                "office",
                                List.of(IpLiteral.parse("192.0.2.53"), IpLiteral.parse("2001:db8::53")),
                                Optional.of(Path.of("/etc/dns.pem")),
                                Optional.of("inner.example")));
        assertThat(dns.strategy()).isEqualTo(DnsSettings.Strategy.PARALLEL);
        assertThat(dns.cacheSize()).isZero();
        assertThat(dns.stale()).isZero();
        assertThat(dns.verify()).isTrue();
        assertThat(dns.log()).isTrue();
    }

    @Test
    void readsRules() {
        var rules = read(EVERYTHING).rules();
        assertThat(rules).extracting(DnsRule::index).containsExactly(0, 1, 2, 3);
        assertThat(rules)
                .extracting(DnsRule::answer)
                .containsExactly(
                        Optional.of(DnsRule.Answer.REAL),
                        Optional.empty(),
                        Optional.of(DnsRule.Answer.REFUSE),
                        Optional.of(DnsRule.Answer.FAKE_IP));
        assertThat(rules.getFirst().domains()).containsExactly(new DomainPattern.Below("corp.example"));
        assertThat(rules.getFirst().servers()).containsExactly(new DnsServer(URI.create("tcp://10.0.0.53:5353")));
        assertThat(rules.get(1).domains()).isNull();
        assertThat(rules.get(1).apps()).extracting(OwnerPattern::text).containsExactly("org.mozilla.firefox");
        assertThat(rules.get(1).servers()).extracting(DnsServer::outbound).containsExactly("direct", "office");
        assertThat(rules.get(2).units()).hasSize(1);
    }

    @Test
    void aRouteNamesItsSet() {
        var routes = Configurations.read(EVERYTHING).configuration().routes();
        assertThat(routes.getFirst().nftSet()).contains("home");
        assertThat(Objects.requireNonNull(routes.getFirst().domains()).size()).isEqualTo(1);
    }

    @Test
    void defaultsAreThoseOfNoSection() {
        assertThat(read("version: 1\ndns: {mode: off, file: AUTO, servers: [], rules: []}\n"))
                .isEqualTo(DnsSettings.DEFAULT);
    }

    @Test
    void poolsMayLieInBypassWhereNothingIsMadeUp() {
        assertThat(Configurations.problems(
                        "version: 1\nbypass: [198.18.0.0/15]\ndns: {mode: real, servers: [\"udp://198.18.0.1\"]}\n"))
                .isEmpty();
    }

    @Test
    void rulesThatNeverMatchAreWarnedOf() {
        assertThat(Configurations.problems("""
                        version: 1
                        dns:
                          mode: real
                          rules:
                            - {domain: a.example, app: firefox, answer: refuse}
                            - {app: firefox, domain: [a.example], servers: ["udp://192.0.2.1"]}
                            - {domain: 'regexp:.*', app: firefox, answer: refuse}
                            - {domain: [b.example, 'regexp:.*'], answer: refuse}
                            - {domain: c.example, answer: real}
                        """))
                .containsExactly(
                        "config.yaml:6:7: warning: dns.rules[1]: this rule is never reached: dns.rules[0] in line 5 has the same "
                                + "conditions; remove one of them",
                        "config.yaml:9:7: warning: dns.rules[4]: this rule is never reached: dns.rules[3] in line 8 fits every "
                                + "query; move it up");
    }

    @Test
    void aSetThatStaysEmptyIsWarnedOf() {
        assertThat(Configurations.problems("version: 1\nroutes: [{domain: a.example, outbound: direct, nft-set: a}]\n"))
                .containsExactly(
                        "config.yaml:2:57: warning: routes[0].nft-set: dns.mode is off: the set stays empty, and such "
                                + "flows go through the engine; set dns.mode to real or fake-ip");
    }

    /** Else the owner of a domain that happens to fit opens addresses of his choice. */
    @ParameterizedTest
    @ValueSource(strings = {"keyword:cdn", "regexp:^cdn[.]"})
    void namesOfOtherOwnersMayNotFitASet(String domain) {
        assertThat(Configurations.problems("version: 1\ndns: {mode: real}\nroutes: [{domain: [a.example, '" + domain
                        + "'], outbound: direct, nft-set: a}]\n"))
                .singleElement(STRING)
                .startsWith("config.yaml:3:")
                .endsWith(": routes[0].nft-set: its domains have \"" + domain
                        + "\": names that others register fit it too, and their addresses would go straight out;"
                        + " name the domains, or make another route of it, without nft-set");
        assertThat(Configurations.problems("version: 1\ndns: {mode: real}\nroutes: [{domain: [a.example, '" + domain
                        + "'], outbound: direct}]\n"))
                .isEmpty();
    }
}

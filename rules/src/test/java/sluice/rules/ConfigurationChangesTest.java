// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigurationChangesTest {
    private static final String FILE = """
            version: 1
            route-table: 300
            bypass: [127.0.0.0/8, "::1", 224.0.0.0/4, "ff00::/8"]
            tproxies: {mihomo: {mark: 3000, port: 7893}}
            outbounds:
              office: {type: socks5, server: "192.0.2.1:1080", username: u, password: one}
              home: {type: http, server: "192.0.2.2:3128"}
            routes: [{domain: a.example, outbound: home}]
            engine: {access-log: true}
            dns: {mode: real, servers: ["udp://9.9.9.9"]}
            run: [{user: alice, targets: [direct]}]
            rules: [{app: firefox, proxy: office}]
            """;

    private static List<String> changes(String before, String after) {
        return ConfigurationChanges.between(
                Configurations.read(before).configuration(),
                Configurations.read(after).configuration());
    }

    @Test
    void aFileThatSaysTheSameHasNotChanged() {
        assertThat(changes(FILE, FILE)).isEmpty();
        assertThat(changes(FILE, "# A comment moves every line.\n" + FILE)).isEmpty();
        assertThat(changes(FILE, FILE.replace("version: 1", "version: 1\non-exit: remove")))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "route-table: 300 | route-table: 301 | route-table",
                "bypass: [ | bypass: [10.0.0.0/8, | bypass",
                "port: 7893 | port: 7894 | tproxies.mihomo",
                "password: one | password: two | outbounds.office",
                "password: one} | password: one, other-protocols: direct} | outbounds.office",
                "home: {type: http, server: \"192.0.2.2:3128\"} | home: {type: block} | outbounds.home",
                "a.example | b.example | routes",
                "access-log: true | access-log: false | engine.access-log",
                "mode: real | mode: fake-ip | dns.mode",
                "udp://9.9.9.9 | udp://9.9.9.10 | dns.servers",
                "[direct] | [direct, office] | run",
                "proxy: office | proxy: home | rules",
                "app: firefox | app: chromium | rules",
            })
    void whatSaysSomethingElseIsNamed(String from, String to, String named) {
        assertThat(changes(FILE, FILE.replace(from, to))).containsExactly(named);
    }

    @Test
    void severalAreNamedInTheirOrder() {
        assertThat(changes(
                        FILE,
                        FILE.replace("home: {type: http", "lab: {type: http")
                                .replace("outbound: home", "outbound: lab")
                                .replace("mode: real", "mode: off")
                                .replace("version: 1", "version: 1\nmarks: {guard: 0x04000000}")))
                .containsExactly("marks.guard", "outbounds.lab", "outbounds.home", "routes", "dns.mode");
    }

    @Test
    void oneFromNothingNamesAllThatItSays() {
        assertThat(ConfigurationChanges.between(
                        Configuration.EVERYTHING_DIRECT,
                        Configurations.read(FILE).configuration()))
                .contains("bypass", "tproxies.mihomo", "outbounds.office", "dns.mode", "rules")
                .doesNotContain("api.listen", "marks.mask");
    }
}

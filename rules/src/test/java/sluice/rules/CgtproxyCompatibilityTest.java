// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** cgtproxy's own sample files, unchanged, and the decisions that cgtproxy takes with them. */
class CgtproxyCompatibilityTest {
    private static Reading sample(String name) throws IOException {
        try (InputStream in = CgtproxyCompatibilityTest.class.getResourceAsStream("cgtproxy/" + name)) {
            return Configurations.read(new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    private static String decide(Reading reading, String path) {
        return new Policy(reading.configuration().rules(), Path.of("/sys/fs/cgroup/unified"))
                .decide(path)
                .map(d -> d.target().description() + (d.inherited() ? " from " + d.matched() : ""))
                .orElse("untouched");
    }

    @Test
    void readsTheDailyUseSample() throws IOException {
        Configuration configuration = sample("example.yaml").configuration();
        assertThat(configuration.cgroupRoot()).isEmpty();
        assertThat(configuration.routeTable()).isEqualTo(300);
        assertThat(configuration.bypass().blocks())
                .extracting(Prefix::toString)
                .containsExactly("127.0.0.0/8", "::1/128");
        Tproxy tproxy = Objects.requireNonNull(configuration.tproxies().get("clash-meta"));
        assertThat(tproxy.mark()).isEqualTo(3000);
        assertThat(tproxy.port()).isEqualTo(7893);
        DnsHijack hijack = tproxy.dnsHijack().orElseThrow();
        assertThat(hijack.ipv4Server().orElseThrow().getHostAddress()).isEqualTo("127.0.0.1");
        assertThat(hijack.ipv6Server()).isEmpty();
        assertThat(hijack.port()).isEqualTo(53);
        assertThat(hijack.tcp()).isFalse();
        assertThat(configuration.rules()).hasSize(6);
        assertThat(configuration.newCgroups()).isEqualTo(Configuration.NewCgroups.INHERIT);
    }

    @Test
    void readsTheSampleWithThreeServers() throws IOException {
        Configuration configuration = sample("example_config.yaml").configuration();
        assertThat(configuration.tproxies().keySet()).containsExactly("clash", "clash-meta", "v2ray");
        assertThat(configuration.bypass()).isEqualTo(Bypass.NONE);
        assertThat(configuration.rules()).hasSize(3);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/|untouched",
                "/init.scope|tproxy clash-meta",
                "/system.slice|tproxy clash-meta",
                "/system.slice/sshd.service|tproxy clash-meta",
                "/system.slice/clash-meta.service|direct",
                "/system.slice/one.metacubex.clash-meta.service|direct",
                "/system.slice/two.metacubex.clash-meta.service|tproxy clash-meta",
                // A search is not anchored at the end: what starts like it matches, and so does what lies below.
                "/system.slice/clash-meta.service.d|direct",
                "/system.slice/clash-meta.service/sub|direct",
                "/user.slice/user-1000.slice/user@1000.service|tproxy clash-meta",
                "/user.slice/user-1000.slice/user@1000.service/cgtproxy.slice/cgtproxy-direct.slice|tproxy clash-meta",
                "/user.slice/user-1000.slice/user@1000.service/cgtproxy.slice/cgtproxy-direct.slice/run-u22.service|direct",
                "/user.slice/user-1000.slice/user@1000.service/cgtproxy.slice/cgtproxy-drop.slice/run-u1.service|drop",
                "/user.slice/user-1000.slice/user@1000.service/cgtproxy.slice/cgtproxy-proxy.slice/run-u1.scope|tproxy clash-meta",
                "/user.slice/user-1000.slice/user@1000.service/app.slice/app-gnome-parsecd-1234.scope|direct",
                "/user.slice/user-1000.slice/user@1000.service/app.slice/app-flatpak-com.parsecgaming.parsec-9.scope|direct",
                "/user.slice/user-1000.slice/user@1000.service/app.slice/app-parsecd@autostart.service|direct",
                "/user.slice/user-1000.slice/user@1000.service/app.slice/app-xfce-parsecd-1234.scope|tproxy clash-meta",
                "/user.slice/user-1000.slice/session-2.scope|tproxy clash-meta",
                "/machine.slice/libpod-0123456789ab.scope/container|tproxy clash-meta"
            })
    void decidesForADesktopAsCgtproxyDoes(String path, String expected) throws IOException {
        assertThat(decide(sample("example.yaml"), path)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/system.slice/sshd.service|untouched",
                "/user.slice/user-1000.slice/user@1000.service|untouched",
                // "/*" is "any number of slashes": the slice itself matches, and all whose path starts like it.
                "/user.slice/user-1000.slice/user@1000.service/app.slice|tproxy clash",
                "/user.slice/user-1000.slice/user@1000.service/app.slices|tproxy clash",
                "/user.slice/user-1000.slice/user@1000.service/app.slice/app-firefox-1.scope|tproxy clash",
                "/user.slice/user-1001.slice/user@1001.service/app.slice/app-firefox-1.scope|tproxy clash-meta",
                "/user.slice/user-1002.slice/user@1002.service/app.slice/app-firefox-1.scope|tproxy v2ray",
                "/user.slice/user-1002.slice/user@1002.service/session.slice/x.service|untouched",
                // The dots stand for any character.
                "/user-slice/user-1002.slice/user@1002.service/app.slice|tproxy v2ray"
            })
    void decidesForThreeUsersAsCgtproxyDoes(String path, String expected) throws IOException {
        assertThat(decide(sample("example_config.yaml"), path)).isEqualTo(expected);
    }

    @Test
    void unknownKeysOnlyWarnInAFileMadeForCgtproxy() {
        assertThat(Configurations.problems("version: 1\nbypas: []\ntproxies: {a: {mark: 1, port: 2, noudp: true}}\n"))
                .containsExactly(
                        "config.yaml:2:1: warning: bypas: unknown key, ignored: known are version, cgroup-root, route-table, "
                                + "bypass, tproxies, rules, rule-priority, marks, intercept, new-cgroups, on-exit, reload, "
                                + "own-table, run, "
                                + "outbounds, routes, engine, dns, api; did you mean \"bypass\"?",
                        "config.yaml:3:34: warning: tproxies.a.noudp: unknown key, ignored: known are mark, port, no-udp, "
                                + "no-ipv6, dns-hijack, when-down, other-protocols; did you mean \"no-udp\"?");
    }

    @Test
    void absolutePathsMatchAsForCgtproxyAndRelativeOnesAsItsDocumentationSays() {
        Policy policy = Configurations.policy("""
                version: 1
                rules:
                  - {match: '^/sys/fs/cgroup/system\\.slice/a', drop: true}
                  - {match: '^/user\\.slice', drop: all}
                """);
        assertThat(policy.match("/system.slice/a.service")).isPresent();
        assertThat(policy.match("/user.slice/user-0.slice")).isPresent();
        assertThat(policy.match("/x/user.slice")).isEmpty();
    }

    @Test
    void regularExpressionsHaveTheFlavourOfRe2() {
        // Each of these means something else to java.util.regex, or nothing.
        assertThat(matches("/[[:alpha:]]+$", "/abc")).isTrue();
        assertThat(matches("^/[a&&b]$", "/&")).isTrue();
        assertThat(matches("^/[a[]$", "/[")).isTrue();
        assertThat(matches("(?U)/a.*b$", "/aXb")).isTrue();
        assertThat(matches("(?P<name>x)", "/x")).isTrue();
        assertThat(matches("/a{", "/a{")).isTrue();
        assertThat(matches("\\/a\\_b", "/a_b")).isTrue();
        assertThat(matches("^/\\s$", "/\u000b")).isFalse();
        assertThat(matches("^/\\pN+\\z", "/12")).isTrue();
        assertThat(matches("^/\\Qa.b\\E$", "/a.b")).isTrue();
        assertThat(matches("(?i)/ABC", "/abc")).isTrue();
        assertThat(matches("app-google\\\\x2dchrome", "/app-google\\x2dchrome-1.scope"))
                .isTrue();
    }

    private static boolean matches(String expression, String path) {
        String yaml = "version: 1\nrules: [{match: '" + expression + "', drop: true}]\n";
        return Configurations.policy(yaml).match(path).isPresent();
    }
}

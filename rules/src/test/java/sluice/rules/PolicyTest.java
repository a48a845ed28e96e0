// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class PolicyTest {
    private static final String RULES = """
            version: 1
            rules:
              - {match: '^/a/b$', drop: true}
              - {match: '^/a/b', drop: all}
              - {match: '^/a$', direct: true}
              - {match: '^/a/b/c/d$', drop: reject}
            """;

    @Test
    void firstMatchingRuleWins() {
        Policy policy = Configurations.policy(RULES);
        assertThat(policy.match("/a/b").orElseThrow().index()).isZero();
        assertThat(policy.match("/a/b/c/d").orElseThrow().index()).isEqualTo(1);
        assertThat(policy.match("/a/c")).isEmpty();
    }

    @Test
    void deepestMatchedLevelWins() {
        Policy policy = Configurations.policy("""
                version: 1
                rules:
                  - {match: '^/a$', direct: true}
                  - {match: '^/a/b/c$', drop: true}
                """);
        assertThat(policy.decide("/a/b/c/d").orElseThrow().target().description())
                .isEqualTo("drop");
        assertThat(policy.decide("/a/b").orElseThrow().target().description()).isEqualTo("direct");
    }

    @Test
    void unmatchedCgroupInheritsNearestMatchedAncestor() {
        Decision decision = Configurations.policy(RULES).decide("/a/x/y").orElseThrow();
        assertThat(decision.matched()).isEqualTo("/a");
        assertThat(decision.inherited()).isTrue();
        assertThat(decision.rule().key()).isEqualTo("rules[2]");
        assertThat(decision.rule().line()).isEqualTo(5);
        assertThat(decision.rule().condition()).isEqualTo("match: ^/a$");
    }

    @Test
    void cgroupWithoutMatchedAncestorIsUntouched() {
        assertThat(Configurations.policy(RULES).decide("/b/c")).isEmpty();
    }

    @Test
    void rootNeverMatches() {
        Policy policy = Configurations.policy("version: 1\nrules: [{match: '.*', drop: true}]\n");
        assertThat(policy.match("/")).isEmpty();
        assertThat(policy.match("")).isEmpty();
        assertThat(policy.decide("/")).isEmpty();
        assertThat(policy.match("/a/")).isPresent();
    }

    @Test
    void shorthandsAreAnchoredAtTheMountEvenWhereOnlyAPartIsManaged() {
        List<Rule> rules = Configurations.read("version: 1\nrules: [{user: alice, drop: true}]\n")
                .configuration()
                .rules();
        var policy = new Policy(rules, Path.of("/sys/fs/cgroup/user.slice"), Path.of("/sys/fs/cgroup"));
        assertThat(policy.match("/user-1000.slice/user@1000.service")).isPresent();
        assertThat(policy.match("/user-1001.slice")).isEmpty();
        assertThat(policy.match("/user.slice/user-1000.slice")).isEmpty();
    }

    @Test
    void rootOutsideOfTheMountIsRefused() {
        assertThrows(
                IllegalArgumentException.class,
                () -> new Policy(List.of(), Path.of("/sys/fs/cgroup"), Path.of("/mnt/cgroup")));
    }

    @Test
    void mostCgroupsAreDecidedWithoutRunningAnExpression() {
        String apps = "\\/user\\.slice\\/user-\\d+\\.slice\\/user@\\d+\\.service\\/app\\.slice\\/";
        Policy policy = Configurations.policy("""
                version: 1
                rules:
                  - {match: '%sapp(?:-(?:gnome|DDE|flatpak))?-(?:parsecd|com\\.parsec)(?:-.+\\.scope|(?:@.+)?\\.service)', direct: true}
                  - {app: org.example.App, drop: true}
                  - {unit: sshd.service, drop: true}
                  - {user: alice, unit: 'backup-*', drop: true}
                  - {slice: guests, drop: true}
                  - {container: 0123456789ab, drop: true}
                  - {match: '^/machine\\.slice(/|$)', drop: true}
                  - {match: '\\/.*', drop: true}
                """.formatted(apps));
        for (String path : List.of(
                "/system.slice/foo.service",
                "/user.slice/user-1000.slice/user@1000.service/app.slice/app-gnome-other-12.scope")) {
            for (Rule rule : policy.rules()) {
                String text = rule.patterns().getLast().text();
                assertThat(QuickScan.of(text).scan(path))
                        .as("%s in %s", text, path)
                        .isNotEqualTo(QuickScan.Answer.UNDECIDED);
            }
            assertThat(policy.match(path).orElseThrow().index()).isEqualTo(7);
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import static org.assertj.core.api.Assertions.assertThat;
import static sluice.intercept.Mechanism.Disturbance.FOREIGN;
import static sluice.intercept.Mechanism.Disturbance.NONE;
import static sluice.intercept.Mechanism.Disturbance.OUT_OF_ORDER;
import static sluice.intercept.Mechanism.Disturbance.UNKNOWN;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sluice.rules.Marks;
import sluice.rules.PrefixSet;
import sluice.testkit.KernelTest;

@KernelTest
class PolicyRoutesKernelTest {
    private static final Path IPV6_OFF = Path.of("/proc/sys/net/ipv6/conf/lo/disable_ipv6");
    private static final Blueprint BLUEPRINT = new Blueprint(
            new Blueprint.Root(1, 1),
            PrefixSet.merge(List.of()),
            List.of(new Redirection("relay", 3000, 7893, false, false, Redirection.WhenDown.DROP, null)),
            Marks.DEFAULT,
            300,
            2000,
            false,
            Blueprint.Names.NONE);

    private PolicyRoutes routes;

    @BeforeEach
    void open() throws Exception {
        routes = PolicyRoutes.open();
    }

    @AfterEach
    void close() throws Exception {
        Files.writeString(IPV6_OFF, "0");
        routes.removeAll();
        routes.close();
        assertThat(ip("rule", "show")).doesNotContain("0xbb8");
        assertThat(ip("-6", "rule", "show")).doesNotContain("0xbb8");
    }

    private static String ip(String... arguments) throws Exception {
        var command = new ArrayList<>(List.of("ip"));
        command.addAll(List.of(arguments));
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(command + ": " + output).isZero();
        return output;
    }

    @Test
    void rulesOfIpv6AreThereWhileLoDoesWithoutIt() throws Exception {
        Files.writeString(IPV6_OFF, "1");
        routes.require(BLUEPRINT);
        assertThat(ip("-6", "rule", "show")).contains("2000:\tfrom all fwmark 0xbb8 lookup 300 proto 83");
        assertThat(routes.areIntact(BLUEPRINT)).isTrue();

        routes.removeAll();
        assertThat(ip("-6", "rule", "show")).doesNotContain("proto 83");
    }

    @Test
    void theRouteOfIpv6ComesBackWithIpv6OnLo() throws Exception {
        routes.require(BLUEPRINT);
        Files.writeString(IPV6_OFF, "1");
        assertThat(routes.disturbance()).isEqualTo(FOREIGN);
        routes.require(BLUEPRINT);
        assertThat(routes.areIntact(BLUEPRINT)).isTrue();

        Files.writeString(IPV6_OFF, "0");
        assertThat(routes.disturbance()).isEqualTo(UNKNOWN);
        assertThat(routes.areIntact(BLUEPRINT)).isFalse();
        routes.require(BLUEPRINT);
        assertThat(routes.areIntact(BLUEPRINT)).isTrue();
        assertThat(ip("-6", "route", "show", "table", "300")).contains("local default dev lo");
    }

    /** As {@code wg-quick up} does it: without a preference, so that the kernel puts each rule before all others. */
    private static void addVpnRules(String family) throws Exception {
        ip(family, "rule", "add", "not", "fwmark", "51820", "table", "51820");
        ip(family, "rule", "add", "table", "main", "suppress_prefixlength", "0");
    }

    private static void deleteVpnRules(String family) throws Exception {
        ip(family, "rule", "delete", "table", "51820");
        ip(family, "rule", "delete", "table", "main", "suppress_prefixlength", "0");
    }

    private static List<String> ours(String family) throws Exception {
        return ip(family, "rule", "show")
                .lines()
                .filter(line -> line.contains("proto 83"))
                .toList();
    }

    /** Has a VPN come up after the rules, and the rules move in front of its own. */
    private void move(String family) throws Exception {
        routes.require(BLUEPRINT);
        addVpnRules(family);
        assertThat(routes.disturbance()).isEqualTo(OUT_OF_ORDER);
        routes.reorder();
        assertThat(ours(family)).containsExactly("1997:\tfrom all fwmark 0xbb8 lookup 300 proto 83");
    }

    @ParameterizedTest
    @ValueSource(strings = {"-4", "-6"})
    void theRulesMoveInFrontOfThoseOfAVpnAndBackWhenItIsGone(String family) throws Exception {
        routes.require(BLUEPRINT);
        addVpnRules(family);
        assertThat(routes.disturbance()).isEqualTo(OUT_OF_ORDER);
        assertThat(routes.warnings()).hasSize(2);
        assertThat(routes.reorder()).singleElement().asString().contains("moved to priority 1997");
        assertThat(ours(family)).containsExactly("1997:\tfrom all fwmark 0xbb8 lookup 300 proto 83");
        assertThat(routes.warnings()).isEmpty();
        assertThat(routes.areIntact(BLUEPRINT)).isTrue();
        assertThat(routes.disturbance()).isEqualTo(NONE);

        deleteVpnRules(family);
        assertThat(routes.disturbance()).isEqualTo(OUT_OF_ORDER);
        assertThat(routes.areIntact(BLUEPRINT)).isFalse();
        assertThat(routes.reorder()).singleElement().asString().contains("moved back to priority 2000");
        assertThat(ours(family)).containsExactly("2000:\tfrom all fwmark 0xbb8 lookup 300 proto 83");
        assertThat(routes.reorder()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"-4", "-6"})
    void aRuleAddedInFrontAgainAndAgainIsOvertakenEachTime(String family) throws Exception {
        routes.require(BLUEPRINT);
        for (int i = 0; i < 5; i++) {
            ip(family, "rule", "add", "lookup", "51820");
            assertThat(routes.disturbance()).isEqualTo(OUT_OF_ORDER);
            assertThat(routes.reorder()).hasSize(1);
        }
        assertThat(ours(family)).containsExactly("1990:\tfrom all fwmark 0xbb8 lookup 300 proto 83");
        for (int i = 0; i < 5; i++) {
            ip(family, "rule", "delete", "lookup", "51820");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"-4", "-6"})
    void theNextRunTakesOverRulesThatMoved(String family) throws Exception {
        move(family);
        try (var next = PolicyRoutes.open()) {
            next.require(BLUEPRINT);
            next.dropOthers(BLUEPRINT);
            assertThat(next.areIntact(BLUEPRINT)).isTrue();
            assertThat(next.warnings()).isEmpty();
            assertThat(ours(family)).containsExactly("1997:\tfrom all fwmark 0xbb8 lookup 300 proto 83");
        }
        deleteVpnRules(family);
    }

    @Test
    void theNextRunPutsRulesWhereTheConfigurationWishesThemAfterTheVpnHasGone() throws Exception {
        move("-4");
        deleteVpnRules("-4");
        try (var next = PolicyRoutes.open()) {
            next.require(BLUEPRINT);
            assertThat(ours("-4")).hasSize(2);
            next.dropOthers(BLUEPRINT);
            assertThat(ours("-4")).containsExactly("2000:\tfrom all fwmark 0xbb8 lookup 300 proto 83");
        }
    }

    @Test
    void cleaningUpRemovesRulesThatMoved() throws Exception {
        move("-4");
        deleteVpnRules("-4");
        try (var cleaner = PolicyRoutes.open()) {
            cleaner.removeAll();
        }
        assertThat(ours("-4")).isEmpty();
    }

    @Test
    void aRuleThatNoPriorityIsInFrontOfIsToldOfForAsLongAsItIsThere() throws Exception {
        ip("-6", "rule", "add", "not", "fwmark", "0xca6c", "lookup", "51820", "pref", "1");
        routes.require(BLUEPRINT);
        assertThat(routes.warnings())
                .singleElement()
                .asString()
                .contains("policy rule 1 (ip -6 rule show)", "give that rule a preference above 2000");
        ip("-6", "rule", "delete", "pref", "1");
        assertThat(routes.disturbance()).isEqualTo(NONE);
        assertThat(routes.warnings()).isEmpty();
    }

    @Test
    void rulesThatDoNotConcernRedirectedPacketsDoNotMatter() throws Exception {
        var others = List.of(
                List.of("fwmark", "0xca6c", "lookup", "51820", "pref", "100"),
                List.of("iif", "eth7", "lookup", "51820", "pref", "100"),
                List.of("lookup", "local", "pref", "100"),
                List.of("lookup", "51820", "pref", "2001"));
        for (var other : others) {
            var rule = new ArrayList<>(List.of("rule", "add"));
            rule.addAll(other);
            ip(rule.toArray(String[]::new));
            routes.require(BLUEPRINT);
            assertThat(routes.warnings()).as(String.join(" ", other)).isEmpty();
            assertThat(ours("-4")).singleElement().asString().startsWith("2000:");
            ip("rule", "delete", "pref", other.getLast());
        }
    }
}

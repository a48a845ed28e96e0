// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sluice.netlink.route.IpFamily;
import sluice.netlink.route.PolicyRule;
import sluice.rules.Marks;
import sluice.rules.PrefixSet;

class RuleOrderTest {
    private static final int WISHED = 2000;
    private static final int MARK = 3000;
    private static final PolicyRule LOCAL = rule(0, 0, 0, 255).withProtocol(PolicyRule.KERNEL);

    private static PolicyRule rule(int priority, int mark, int mask, int table) {
        return PolicyRule.ofMark(IpFamily.IPV4, mark, mask, table).withPriority(priority);
    }

    /** As {@code ip rule add lookup 51820} makes it. */
    private static PolicyRule forAll(int priority) {
        return rule(priority, 0, 0, 51820);
    }

    private static RuleOrder order(PolicyRule... present) {
        var blueprint = new Blueprint(
                new Blueprint.Root(1, 1),
                PrefixSet.merge(List.of()),
                List.of(new Redirection("relay", MARK, 7893, false, false, Redirection.WhenDown.DROP, null)),
                Marks.DEFAULT,
                300,
                WISHED,
                false,
                Blueprint.Names.NONE);
        return new RuleOrder(IpFamily.IPV4, List.of(present), blueprint);
    }

    @ParameterizedTest
    @CsvSource({
        "'', 2000",
        "1999, 1998",
        "1998 1999, 1997",
        "1999 5, 4",
        "2, 1",
        "2000, 1999",
        "2001, 2000",
        "32765, 2000",
        "-2, 2000",
    })
    void rulesOfSluiceComeBeforeWhatOthersAddedBeforeTheWishedPlace(String others, int place) {
        var present = Stream.concat(
                        Stream.of(LOCAL),
                        Stream.of(others.split(" "))
                                .filter(priority -> !priority.isEmpty())
                                .map(priority -> forAll(Integer.parseInt(priority))))
                .toArray(PolicyRule[]::new);
        assertThat(order(present).place()).isEqualTo(place);
    }

    @ParameterizedTest
    @CsvSource({"0", "1"})
    void aRuleThatNoPriorityIsInFrontOfIsWarnedOf(int priority) {
        var ours = rule(WISHED, MARK, -1, 300).withProtocol(PolicyRoutes.PROTOCOL);
        var order = order(LOCAL, forAll(priority), ours);
        assertThat(order.place()).isEqualTo(WISHED);
        assertThat(order.warnings(WISHED))
                .singleElement()
                .asString()
                .contains("policy rule " + priority + " (ip rule show)", "give that rule a preference above 2000");
    }

    @Test
    void whereOneRuleCannotBeOvertakenTheOthersStillAre() {
        assertThat(order(LOCAL, forAll(1), forAll(700)).place()).isEqualTo(699);
    }

    @Test
    void rulesThatDoNotConcernRedirectedPacketsLeaveThePlaceAlone() {
        var ours = rule(1500, MARK, -1, 300).withProtocol(PolicyRoutes.PROTOCOL);
        var ofAVrf = rule(1000, 0, 0, 0).withProtocol(PolicyRule.KERNEL);
        var ofTailscale = rule(1210, 0x80000, 0xff0000, 254);
        assertThat(order(LOCAL, ofAVrf, ofTailscale, ours).place()).isEqualTo(WISHED);
    }

    @Test
    void aRuleOfAnotherProgramForTheSameMarkIsAConflict() {
        assertThatExceptionOfType(ConflictException.class)
                .isThrownBy(() -> order(LOCAL, rule(100, MARK, 0xffff, 77)).refuseConflicts())
                .withMessageContaining("another policy rule looks at it (ip rule show, priority 100)");
    }
}

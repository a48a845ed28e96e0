// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import sluice.netlink.nftables.Chain;
import sluice.netlink.nftables.NftSet;
import sluice.netlink.nftables.Rule;
import sluice.rules.Marks;
import sluice.rules.Prefix;
import sluice.rules.PrefixSet;

class NamesComposerTest {
    private static final Redirection ENGINE = Redirection.toEngine("engine", 0x1301, 15001, true, true);
    private static final Levels NOBODY = levels(Levels.Range.EMPTY);
    private static final Levels SOMEBODY = levels(new Levels.Range(1, 3));

    private static Levels levels(Levels.Range proxied) {
        var some = new Levels.Range(1, 3);
        return new Levels(some, some, some, proxied, some);
    }

    private static Ruleset compose(Levels levels, Blueprint.Names names) {
        return compose(levels, names, true);
    }

    private static Ruleset compose(Levels levels, Blueprint.Names names, boolean hold) {
        var bypass = PrefixSet.merge(List.of(Prefix.parse("127.0.0.0/8"), Prefix.parse("::1")));
        var blueprint =
                new Blueprint(new Blueprint.Root(1, 0), bypass, List.of(ENGINE), Marks.DEFAULT, 300, 2000, hold, names);
        var marks = FlowMarks.none(Marks.DEFAULT.flowMask()).with(List.of(ENGINE));
        return RulesetComposer.compose(blueprint, marks, levels, null);
    }

    private static List<String> chains(Ruleset ruleset) {
        return ruleset.chains().stream().map(Chain::name).toList();
    }

    /** Place in chain {@code decide} of the first rule whose expressions have this text in them. */
    private static int place(Ruleset ruleset, String text) {
        var output = ruleset.chains().stream()
                .filter(chain -> chain.name().equals("decide"))
                .map(ruleset::rulesOf)
                .findFirst()
                .orElseThrow();
        return IntStream.range(0, output.size())
                .filter(i -> expressions(output.get(i)).contains(text))
                .findFirst()
                .orElseThrow(() -> new AssertionError(text + " in " + output));
    }

    private static String expressions(Rule rule) {
        return rule.expressions().toString();
    }

    @Test
    void nothingIsThereForNamesWhereNobodyIsProxied() {
        var ruleset = compose(NOBODY, Blueprint.Names.NONE, false);
        assertThat(chains(ruleset)).doesNotContain("capture_dns", "captured", "routed", "leave");
        assertThat(ruleset.sets())
                .extracting(NftSet::name)
                .doesNotContain("proxied", "unproxied")
                .noneMatch(name -> name.startsWith("fake") || name.startsWith("route_"));
        // Sets of routes wait for addresses, but nobody asks them.
        var waiting = compose(NOBODY, new Blueprint.Names(PrefixSet.merge(List.of()), List.of("home")));
        assertThat(waiting.sets()).extracting(NftSet::name).contains("route_home4", "route_home6");
        assertThat(chains(waiting)).doesNotContain("routed");
    }

    @Test
    void whereNewCgroupsAreHeldTheQueriesOfTheFirstProxiedOneWaitToo() {
        assertThat(chains(compose(NOBODY, Blueprint.Names.NONE))).contains("capture_dns", "hold");
    }

    @Test
    void captureComesAfterTotalDropsAndBeforeTheBypass() {
        var ruleset = compose(SOMEBODY, Blueprint.Names.NONE);
        assertThat(place(ruleset, "total_drops"))
                .isLessThan(place(ruleset, "capture_dns"))
                .isGreaterThan(place(ruleset, "replies"));
        assertThat(place(ruleset, "capture_dns")).isLessThan(place(ruleset, "bypass4"));
        assertThat(chains(ruleset)).containsSubsequence("captured", "capture_dns", "replies", "decide");
    }

    @Test
    void everythingThatLeavesIsAskedWhetherItsDestinationIsMadeUp() {
        var fakes = new Blueprint.Names(PrefixSet.merge(List.of(Prefix.parse("198.18.0.0/15"))), List.of());
        var ruleset = compose(SOMEBODY, fakes);
        var leaving = ruleset.chains().stream()
                .flatMap(chain -> ruleset.rulesOf(chain).stream())
                .filter(rule -> expressions(rule).contains("leave"))
                .map(Rule::chain)
                .distinct()
                .toList();
        assertThat(leaving).containsExactlyInAnyOrder("kept", "keep_direct", "others", "others_of");
    }
}

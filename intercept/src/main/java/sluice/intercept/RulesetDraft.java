// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import sluice.netlink.nftables.Chain;
import sluice.netlink.nftables.Element;
import sluice.netlink.nftables.NftSet;
import sluice.netlink.nftables.Rule;
import sluice.netlink.nftables.RuleBuilder;
import sluice.netlink.nftables.Table;
import sluice.netlink.nftables.Value;
import sluice.rules.Interval;

/** A {@link Ruleset} while it is written: in the order in which the kernel is to get it. */
final class RulesetDraft {
    private final List<NftSet> sets = new ArrayList<>();
    private final Map<String, List<Element>> elements = new HashMap<>();
    private final List<Chain> chains = new ArrayList<>();
    private final Map<String, List<Rule>> rules = new HashMap<>();

    /** A set or map whose elements come from elsewhere. */
    void declare(NftSet set) {
        sets.add(set);
    }

    void declare(NftSet set, List<Element> members) {
        sets.add(set);
        elements.put(set.name(), members);
    }

    /** A set of intervals; nothing where there are none. */
    void declareIntervals(NftSet set, List<Interval> intervals) {
        declare(
                set,
                intervals.stream()
                        .flatMap(i -> Element.interval(Value.address(i.first()), Value.address(i.last())).stream())
                        .toList());
    }

    /** A chain without rules yet. */
    void open(Chain chain) {
        open(chain, List.of());
    }

    void open(Chain chain, List<Rule> first) {
        chains.add(chain);
        rules.put(chain.name(), new ArrayList<>(first));
    }

    boolean isOpen(Chain chain) {
        return rules.containsKey(chain.name());
    }

    /** A rule at the end of its chain, which is open. */
    void add(RuleBuilder builder) {
        var rule = builder.build();
        Objects.requireNonNull(rules.get(rule.chain())).add(rule);
    }

    Ruleset finish(Table table) {
        return new Ruleset(table, sets, elements, chains, rules);
    }
}

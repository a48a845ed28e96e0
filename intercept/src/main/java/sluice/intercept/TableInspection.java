// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import sluice.netlink.nftables.Element;
import sluice.netlink.nftables.Nftables;
import sluice.netlink.nftables.Rule;

/**
 * Compares what the kernel holds with what it should hold, down to every rule and element; figures that change by
 * themselves do not count.
 */
record TableInspection(Nftables nftables, Ruleset ruleset) {
    /** Whether everything is there, and nothing else. */
    boolean finds(PolicyTree tree, boolean hold) throws IOException {
        return Set.copyOf(nftables.chains(ruleset.table())).equals(Set.copyOf(ruleset.chains()))
                && findsRules()
                && findsElements(tree, hold);
    }

    private boolean findsRules() throws IOException {
        var found = nftables.rules(ruleset.table()).stream()
                .map(Rule::withoutState)
                .collect(Collectors.groupingBy(Rule::chain));
        return ruleset.chains().stream()
                .allMatch(chain -> found.getOrDefault(chain.name(), List.of()).equals(ruleset.rulesOf(chain)));
    }

    private boolean findsElements(PolicyTree tree, boolean hold) throws IOException {
        var expected = expectedElements(tree, hold);
        for (var set : ruleset.sets()) {
            if (Ruleset.isAlive(set)) {
                continue;
            }
            var found =
                    nftables.elements(set).stream().map(Element::withoutState).collect(Collectors.toSet());
            if (!found.equals(expected.getOrDefault(set.name(), Set.of()))) {
                return false;
            }
        }
        return true;
    }

    private Map<String, Set<Element>> expectedElements(PolicyTree tree, boolean hold) {
        var expected = new HashMap<String, Set<Element>>();
        ruleset.elements().forEach((set, elements) -> expected.put(set, new HashSet<>(elements)));
        for (var assignment : tree.assignments()) {
            for (var element : CgroupElement.of(assignment, hold)) {
                expected.computeIfAbsent(element.set().definition.name(), name -> new HashSet<>())
                        .add(element.toKernel(assignment.cgroup().path()));
            }
        }
        return expected;
    }
}

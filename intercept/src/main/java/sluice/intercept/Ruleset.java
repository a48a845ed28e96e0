// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import sluice.netlink.nftables.Chain;
import sluice.netlink.nftables.Element;
import sluice.netlink.nftables.NftSet;
import sluice.netlink.nftables.Rule;
import sluice.netlink.nftables.Table;
import sluice.netlink.nftables.Transaction;

/**
 * The table without the elements that stand for cgroups: what depends on the blueprint and on the levels of the tree.
 *
 * @param sets every set and map
 * @param elements elements of those sets that are not keyed by cgroup, by set name
 * @param chains every chain, base chains too
 * @param rules the rules of each chain, in order, by chain name
 */
record Ruleset(
        Table table,
        List<NftSet> sets,
        Map<String, List<Element>> elements,
        List<Chain> chains,
        Map<String, List<Rule>> rules) {

    Ruleset {
        sets = List.copyOf(sets);
        elements = Map.copyOf(elements);
        chains = List.copyOf(chains);
        rules = Map.copyOf(rules);
    }

    boolean has(CgroupSet set) {
        return has(set.definition.name());
    }

    /** Whether there is a set or map of this name. */
    boolean has(String name) {
        for (var set : sets) {
            if (set.name().equals(name)) {
                return true;
            }
        }
        return false;
    }

    /** Whether the elements of the set of this name come or go by themselves. */
    boolean isAlive(String name) {
        return sets.stream().anyMatch(set -> set.name().equals(name) && isAlive(set));
    }

    static boolean isAlive(NftSet set) {
        return (set.flags() & (NftSet.TIMEOUT | NftSet.DYNAMIC)) != 0;
    }

    List<Rule> rulesOf(Chain chain) {
        return rules.getOrDefault(chain.name(), List.of());
    }

    List<Element> elementsOf(NftSet set) {
        return elements.getOrDefault(set.name(), List.of());
    }

    /**
     * Puts everything into the transaction, for a table that has nothing yet but perhaps empty chains.
     *
     * @param present sets that it has, empty, too
     */
    void create(Transaction transaction, Set<NftSet> present) {
        for (var set : sets) {
            if (!present.contains(set)) {
                transaction.add(set);
            }
            add(transaction, set, elementsOf(set));
        }
        chains.forEach(transaction::add);
        chains.forEach(chain -> rulesOf(chain).forEach(transaction::add));
    }

    /** Puts into the transaction what makes this ruleset of the one before, except what {@link #deleteRest} does. */
    void replace(Ruleset before, Transaction transaction) {
        for (var set : sets) {
            boolean isNew = !before.sets.contains(set);
            if (isNew) {
                transaction.add(set);
            }
            if (!elementsOf(set).equals(before.elementsOf(set))) {
                if (!isNew) {
                    transaction.flush(set);
                }
                add(transaction, set, elementsOf(set));
            }
        }
        var known = byName(before.chains);
        for (var chain : chains) {
            if (!known.containsKey(chain.name())) {
                transaction.add(chain);
            }
        }
        for (var chain : before.chains) {
            if (!rulesOf(chain).equals(before.rulesOf(chain))) {
                transaction.flush(chain);
            }
        }
        for (var chain : chains) {
            if (!rulesOf(chain).equals(before.rulesOf(chain))) {
                rulesOf(chain).forEach(transaction::add);
            }
        }
    }

    /** Puts into the transaction the end of the chains and sets that are not needed any more; comes last in it. */
    void deleteRest(Ruleset before, Transaction transaction) {
        var kept = byName(chains);
        before.chains.stream().filter(chain -> !kept.containsKey(chain.name())).forEach(transaction::delete);
        before.sets.stream().filter(set -> !sets.contains(set)).forEach(transaction::delete);
    }

    private static Map<String, Chain> byName(List<Chain> chains) {
        var map = new HashMap<String, Chain>();
        chains.forEach(chain -> map.put(chain.name(), chain));
        return map;
    }

    private static void add(Transaction transaction, NftSet set, List<Element> elements) {
        if (!elements.isEmpty()) {
            transaction.addElements(set, elements);
        }
    }
}

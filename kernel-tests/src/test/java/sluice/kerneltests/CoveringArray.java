// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/** Few combinations of factors in which every pair of values of two factors is there that is in all of them. Pure. */
final class CoveringArray {
    private CoveringArray() {}

    /** Two values of two factors. */
    record Pair(int leftFactor, Object left, int rightFactor, Object right) {}

    /** Chooses from all combinations, greedily: next is the first of those with most pairs that are not covered yet. */
    static <T> List<T> pairwise(List<T> all, Function<T, List<Object>> factors) {
        var missing = new HashSet<>(pairs(all, factors));
        var left = new LinkedHashSet<>(all);
        var chosen = new ArrayList<T>();
        while (!missing.isEmpty()) {
            T best = left.getFirst();
            int gain = 0;
            for (var candidate : left) {
                int gains = 0;
                for (var pair : pairs(factors.apply(candidate))) {
                    gains += missing.contains(pair) ? 1 : 0;
                }
                if (gains > gain) {
                    gain = gains;
                    best = candidate;
                }
            }
            chosen.add(best);
            left.remove(best);
            missing.removeAll(pairs(factors.apply(best)));
        }
        return List.copyOf(chosen);
    }

    /** Every pair that is in one of the combinations. */
    static <T> Set<Pair> pairs(Collection<T> combinations, Function<T, List<Object>> factors) {
        var found = new HashSet<Pair>();
        for (var combination : combinations) {
            found.addAll(pairs(factors.apply(combination)));
        }
        return found;
    }

    private static Set<Pair> pairs(List<Object> values) {
        var found = new HashSet<Pair>();
        for (int i = 0; i < values.size(); i++) {
            for (int j = i + 1; j < values.size(); j++) {
                found.add(new Pair(i, values.get(i), j, values.get(j)));
            }
        }
        return found;
    }
}

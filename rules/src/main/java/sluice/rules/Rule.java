// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.util.List;

/**
 * One entry of {@code rules}.
 *
 * @param index place in the list, from 0
 * @param line line of the file where the entry starts, from 1
 * @param condition what it asks for, as in the file: {@code match: \/.*} or {@code app: firefox, user: alice}
 * @param patterns what a cgroup's path must match, all of them
 * @param target where matching cgroups' traffic goes
 */
public record Rule(int index, int line, String condition, List<PathPattern> patterns, Target target) {
    /** Keeps an unmodifiable list of patterns. */
    public Rule {
        patterns = List.copyOf(patterns);
    }

    /** Key of this rule in the file: {@code rules[3]}. */
    public String key() {
        return "rules[" + index + "]";
    }
}

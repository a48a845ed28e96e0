// SPDX-License-Identifier: Apache-2.0
package sluice.daemon;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import sluice.rules.Rule;
import sluice.rules.Target;

/**
 * A number for each rule, by which the kernel's figures are kept. A reload that leaves a rule as it is, wherever it stands afterwards, leaves
 * it its number; no number is given twice. Immutable.
 */
final class RuleNumbers {
    private final List<Rule> rules;
    private final Map<Integer, Rule> byNumber = new HashMap<>();
    private final int[] numbers;
    private final int free;

    /** What makes a rule the same as another one. */
    private record Words(String condition, Target target) {
        static Words of(Rule rule) {
            return new Words(rule.condition(), rule.target());
        }
    }

    private RuleNumbers(List<Rule> rules, Map<Words, Deque<Integer>> former, int free) {
        this.rules = rules;
        this.numbers = new int[rules.size()];
        int next = free;
        for (var rule : rules) {
            var kept = former.getOrDefault(Words.of(rule), new ArrayDeque<>()).poll();
            int number = kept == null ? next++ : kept;
            numbers[rule.index()] = number;
            byNumber.put(number, rule);
        }
        this.free = next;
    }

    /** Numbers for the rules of the first configuration. */
    static RuleNumbers of(List<Rule> rules) {
        return new RuleNumbers(rules, Map.of(), 0);
    }

    /** Numbers for the rules of the configuration that follows this one. */
    RuleNumbers followedBy(List<Rule> successors) {
        var former = new HashMap<Words, Deque<Integer>>();
        rules.forEach(rule -> former.computeIfAbsent(Words.of(rule), words -> new ArrayDeque<>())
                .add(of(rule)));
        return new RuleNumbers(successors, former, free);
    }

    /** The number of a rule. */
    int of(Rule rule) {
        return numbers[rule.index()];
    }

    /** The rule with this number, which there has to be. */
    Rule rule(int number) {
        var rule = byNumber.get(number);
        if (rule == null) {
            throw new IllegalArgumentException("no rule has number " + number);
        }
        return rule;
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import sluice.rules.Rule;
import sluice.rules.Target;

class RuleNumbersTest {
    private static List<Rule> rules(String... conditions) {
        var rules = new ArrayList<Rule>();
        for (var condition : conditions) {
            rules.add(new Rule(rules.size(), 10 + rules.size(), condition, List.of(), new Target.Direct()));
        }
        return rules;
    }

    private static List<Integer> numbers(RuleNumbers numbers, List<Rule> rules) {
        return rules.stream().map(numbers::of).toList();
    }

    @Test
    void rulesKeepTheirNumbersWhereverTheyStand() {
        var first = RuleNumbers.of(rules("a", "b", "c"));
        var next = rules("new", "c", "a");
        var second = first.followedBy(next);
        assertThat(numbers(second, next)).containsExactly(3, 2, 0);
        assertThat(second.rule(2)).isEqualTo(next.get(1));
        assertThatIllegalArgumentException().isThrownBy(() -> second.rule(1));
    }

    @Test
    void aNumberIsNeverGivenToAnotherRule() {
        var last = rules("a", "b");
        var numbers = RuleNumbers.of(rules("a", "b")).followedBy(rules("a")).followedBy(last);
        assertThat(numbers(numbers, last)).containsExactly(0, 2);
    }

    @Test
    void rulesThatSayTheSameHaveDifferentNumbers() {
        var twice = rules("a", "a");
        var numbers = RuleNumbers.of(rules("b", "a")).followedBy(twice);
        assertThat(numbers(numbers, twice)).containsExactly(1, 2);
    }
}

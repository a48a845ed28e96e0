// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import static org.assertj.core.api.Assertions.assertThat;
import static sluice.intercept.WalkedRules.RULESET;
import static sluice.intercept.WalkedRules.packets;
import static sluice.intercept.WalkedRules.policies;
import static sluice.intercept.WalkedRules.send;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import sluice.intercept.WalkedRules.Policy;
import sluice.intercept.WalkedRules.State;
import sluice.testkit.Scale;

/**
 * The first packet of a flow on its way through the rules while a policy follows another: for every pair of policies of a cgroup and its parent, every kind of packet that rules
 * tell apart, and wherever between two looks into the sets one of the transactions comes.
 */
class CgroupElementsTest {
    private static final List<RulesetWalk.Packet> PACKETS = packets();

    /** What packets meet while nothing changes. */
    private final Map<Policy, Map<RulesetWalk.Packet, RulesetWalk.Outcome>> settled = new HashMap<>();

    /** What a packet finds that looks into one state first and into the next one from some look on. */
    private static final class Looks implements RulesetWalk.CgroupSets {
        private final State first;
        private final State then;
        private final int change;
        private final List<Integer> different = new ArrayList<>();
        private int looks;

        Looks(State first, State then, int change) {
            this.first = first;
            this.then = then;
            this.change = change;
        }

        @Override
        public @Nullable Integer ask(CgroupSet set, long cgroup) {
            var before = first.get(set, cgroup);
            var after = then.get(set, cgroup);
            if (!Objects.equals(before, after)) {
                different.add(looks);
            }
            return looks++ < change ? before : after;
        }
    }

    private Collection<CgroupElements.Step> steps(Policy from, Policy to) {
        var changes = new ArrayList<Change>();
        for (int i = 0; i < 2; i++) {
            var before = from.assignments().get(i);
            var after = to.assignments().get(i);
            if (!before.equals(after)) {
                changes.add(new Change(before, after));
            }
        }
        return CgroupElements.steps(changes, false, RULESET, RULESET);
    }

    @Test
    void eachPacketMeetsTheOldVerdictOrTheNewOne() {
        var wrong = new ArrayList<String>();
        var pairs = new ArrayList<List<Policy>>();
        for (var from : policies()) {
            for (var to : policies()) {
                pairs.add(List.of(from, to));
            }
        }
        Collections.shuffle(pairs, new Random(4));
        for (var pair : pairs.subList(0, Scale.of(1_500, pairs.size()))) {
            check(pair.getFirst(), pair.getLast(), wrong);
        }
        assertThat(wrong).isEmpty();
    }

    private void check(Policy from, Policy to, List<String> wrong) {
        var state = from.state();
        for (var step : steps(from, to)) {
            var next = state.after(step);
            for (var packet : PACKETS) {
                var right = List.of(outcome(packet, from), outcome(packet, to));
                for (var met : outcomes(packet, state, next)) {
                    if (!right.contains(met)) {
                        wrong.add("%s to %s: %s has %s, none of %s".formatted(from, to, packet, met, right));
                    }
                }
            }
            state = next;
        }
        assertThat(state.nonEmpty())
                .as("%s to %s", from, to)
                .isEqualTo(to.state().nonEmpty());
    }

    private RulesetWalk.Outcome outcome(RulesetWalk.Packet packet, Policy policy) {
        return settled.computeIfAbsent(policy, key -> new HashMap<>())
                .computeIfAbsent(packet, key -> send(packet, policy.state()::get));
    }

    /** All that a packet can meet, by when one state follows the other. */
    private Set<RulesetWalk.Outcome> outcomes(RulesetWalk.Packet packet, State state, State next) {
        var outcomes = new LinkedHashSet<RulesetWalk.Outcome>();
        var before = new Looks(state, next, Integer.MAX_VALUE);
        outcomes.add(send(packet, before));
        for (int change : before.different) {
            outcomes.add(send(packet, new Looks(state, next, change)));
        }
        return outcomes;
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import sluice.cgroup.Cgroup;
import sluice.rules.Marks;
import sluice.rules.PrefixSet;

/**
 * A packet on its way through the sets while a policy follows another: for every pair of policies of a cgroup and its parent, and wherever between two looks
 * one of the transactions comes.
 */
class CgroupElementsTest {
    private static final Cgroup PARENT = new Cgroup(1, "/a", 1);
    private static final Cgroup CHILD = new Cgroup(2, "/a/b", 2);
    private static final Redirection ONE = redirection("one", 3000, false);
    private static final Redirection OTHER = redirection("other", 3001, true);
    private static final List<Verdict> VERDICTS = List.of(
            Verdict.DIRECT,
            new Verdict.Redirect(ONE),
            new Verdict.Redirect(OTHER),
            new Verdict.Drop(Verdict.Scope.ALL_BUT_BYPASS),
            new Verdict.Drop(Verdict.Scope.ALL_BUT_LOOPBACK),
            new Verdict.Drop(Verdict.Scope.REJECT));
    private static final String DIRECT = "direct";
    private static final String STOPPED = "stopped";
    /** What has the mark of a server that takes no UDP is dropped on lo: a datagram at the very moment when its cgroup gets such a server. */
    private static final String LOST = "lost";

    private final Ruleset ruleset = RulesetComposer.compose(
            new Blueprint(
                    new Blueprint.Root(0, 0),
                    PrefixSet.merge(List.of()),
                    List.of(ONE, OTHER),
                    Marks.DEFAULT,
                    300,
                    2000,
                    false,
                    Blueprint.Names.NONE),
            FlowMarks.none(Marks.DEFAULT.flowMask()).with(List.of(ONE, OTHER)),
            new Levels(levels(), levels(), levels(), Levels.Range.EMPTY, levels()),
            false);

    private static Redirection redirection(String name, int mark, boolean noUdp) {
        return new Redirection(name, mark, mark, noUdp, false, Redirection.WhenDown.DROP, null);
    }

    private static Levels.Range levels() {
        return new Levels.Range(1, 2);
    }

    /** What is in force, by set and cgroup. */
    private record State(Map<CgroupSet, Map<Long, Integer>> sets) {
        static State of(List<CgroupElement> elements) {
            var state = new State(new HashMap<>());
            elements.forEach(state::add);
            return state;
        }

        void add(CgroupElement element) {
            var before =
                    sets.computeIfAbsent(element.set(), set -> new HashMap<>()).put(element.cgroup(), element.value());
            assertThat(before).as("%s is there already", element).isNull();
        }

        State after(CgroupElements.Step step) {
            var next = new State(new HashMap<>());
            sets.forEach((set, map) -> next.sets.put(set, new HashMap<>(map)));
            for (var element : step.deleted()) {
                var gone = Objects.requireNonNull(next.sets.get(element.set())).remove(element.cgroup());
                assertThat(gone).as("%s is not there", element).isEqualTo(element.value());
            }
            step.added().forEach(next::add);
            return next;
        }

        @Nullable
        Integer get(CgroupSet set, Cgroup cgroup) {
            return sets.getOrDefault(set, Map.of()).get(cgroup.id());
        }
    }

    /** A packet that looks into one state for the first looks and into the next one for the others. */
    private static final class Packet {
        private final State first;
        private final State then;
        private final int looks;
        private int looked;

        Packet(State first, State then, int looks) {
            this.first = first;
            this.then = then;
            this.looks = looks;
        }

        private @Nullable Integer look(CgroupSet set, Cgroup cgroup) {
            return (looked++ < looks ? first : then).get(set, cgroup);
        }

        private boolean isIn(CgroupSet set, Cgroup cgroup) {
            return look(set, cgroup) != null;
        }

        /** As chains {@code total_drops}, {@code drops} and {@code classify} have it. */
        String sent(Cgroup by, boolean udp) {
            var walk = by.equals(CHILD) ? List.of(CHILD, PARENT) : List.of(PARENT);
            return drops(walk, CgroupSet.TOTAL_DROPS) || drops(walk, CgroupSet.DROPS) ? STOPPED : classify(walk, udp);
        }

        private boolean drops(List<Cgroup> walk, CgroupSet set) {
            for (var cgroup : walk) {
                var verdict = look(set, cgroup);
                if (verdict != null) {
                    return verdict == CgroupElement.DROP;
                }
                if (set == CgroupSet.DROPS && isIn(CgroupSet.REJECTS, cgroup)) {
                    return true;
                }
            }
            return false;
        }

        private String classify(List<Cgroup> walk, boolean udp) {
            for (var cgroup : walk) {
                if (isIn(CgroupSet.DIRECT, cgroup) || (udp && isIn(CgroupSet.NO_UDP, cgroup))) {
                    return DIRECT;
                }
                var mark = look(CgroupSet.MARKS, cgroup);
                if (mark != null) {
                    return udp && mark == OTHER.mark() ? LOST : "mark " + mark;
                }
            }
            return DIRECT;
        }
    }

    private record Policy(
            @Nullable Verdict parent, @Nullable Verdict child) {
        List<Assignment> assignments() {
            var above = assignment(PARENT, parent, null);
            return List.of(above, assignment(CHILD, child, above));
        }

        private static Assignment assignment(Cgroup cgroup, @Nullable Verdict verdict, @Nullable Assignment above) {
            return new Assignment(
                    cgroup,
                    verdict == null ? null : new Ruling(0, verdict),
                    above != null && above.dropsBelow(),
                    above != null && above.dropsTotallyBelow(),
                    false);
        }

        State state() {
            return State.of(assignments().stream()
                    .flatMap(assignment -> CgroupElement.of(assignment, false).stream())
                    .toList());
        }
    }

    private static List<Policy> policies() {
        var choices = new ArrayList<@Nullable Verdict>(VERDICTS);
        choices.add(null);
        var policies = new ArrayList<Policy>();
        for (var parent : choices) {
            for (var child : choices) {
                policies.add(new Policy(parent, child));
            }
        }
        return policies;
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
        return CgroupElements.steps(changes, false, ruleset, ruleset);
    }

    @Test
    void eachPacketMeetsTheOldVerdictOrTheNewOne() {
        var wrong = new ArrayList<String>();
        for (var from : policies()) {
            for (var to : policies()) {
                var state = from.state();
                for (var step : steps(from, to)) {
                    var next = state.after(step);
                    for (var cgroup : List.of(PARENT, CHILD)) {
                        for (boolean udp : new boolean[] {false, true}) {
                            check(from, to, state, next, cgroup, udp, wrong);
                        }
                    }
                    state = next;
                }
                assertThat(nonEmpty(state)).as("%s to %s", from, to).isEqualTo(nonEmpty(to.state()));
            }
        }
        assertThat(wrong).isEmpty();
    }

    private static Map<CgroupSet, Map<Long, Integer>> nonEmpty(State state) {
        var sets = new HashMap<>(state.sets);
        sets.values().removeIf(Map::isEmpty);
        return sets;
    }

    private static void check(
            Policy from, Policy to, State state, State next, Cgroup cgroup, boolean udp, List<String> wrong) {
        var old = new Packet(from.state(), from.state(), 0).sent(cgroup, udp);
        var current = new Packet(to.state(), to.state(), 0).sent(cgroup, udp);
        int mostLooks = 16;
        for (int looks = 0; looks <= mostLooks; looks++) {
            var met = new Packet(state, next, looks).sent(cgroup, udp);
            if (!met.equals(old) && !met.equals(current) && !met.equals(LOST)) {
                wrong.add("%s to %s: %s of %s, udp %s, after %d looks"
                        .formatted(from, to, met, cgroup.path(), udp, looks));
            }
        }
    }
}

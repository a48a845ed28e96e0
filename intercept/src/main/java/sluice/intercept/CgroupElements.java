// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import sluice.netlink.nftables.Element;
import sluice.netlink.nftables.Transaction;

/**
 * What changes of cgroups do to the elements that stand for them, in steps that are transactions of their own.
 *
 * <p>A packet looks into one set after the other, and each look finds what is in force by then. If a cgroup went from one verdict to another in one transaction, a packet
 * could meet neither: be too early for the set that it asks first, and too late for the one that it asks next. In these steps it meets one of them.
 */
final class CgroupElements {
    private final Map<Step, Part> parts = new EnumMap<>(Step.class);

    /** In their order. */
    enum Step {
        /** Drops that come: they are asked first, and so hide what the next step does. */
        TIGHTEN,
        /** Where flows go. Cgroups that come or go as a whole are here too. */
        TURN,
        /** Drops that go, and marks, which are asked last, of who has another verdict by now. */
        LOOSEN
    }

    /** What one transaction deletes and then adds. */
    private record Part(Map<CgroupSet, List<Element>> deleted, Map<CgroupSet, List<Element>> added) {
        Part() {
            this(new EnumMap<>(CgroupSet.class), new EnumMap<>(CgroupSet.class));
        }
    }

    private CgroupElements() {
        for (var step : Step.values()) {
            parts.put(step, new Part());
        }
    }

    /** What changes cost, where one ruleset follows another one or itself. */
    static CgroupElements of(List<Change> changes, boolean hold, Ruleset before, Ruleset after) {
        var elements = new CgroupElements();
        for (var change : net(changes)) {
            var old = CgroupElement.of(change.before(), hold);
            var current = CgroupElement.of(change.after(), hold);
            for (var element : old) {
                if (!current.contains(element) && before.has(element.set()) && after.has(element.set())) {
                    collect(elements.part(stepOfEnd(element, current, change)).deleted, element, "");
                }
            }
            for (var element : current) {
                // A cgroup that only comes for a rehearsal may be the first of its kind.
                if (!old.contains(element) && after.has(element.set())) {
                    collect(elements.part(stepOfStart(element, change)).added, element, change.path());
                }
            }
        }
        return elements;
    }

    /** One change per cgroup id: a cgroup that came and went within the batch leaves nothing to do. */
    private static Collection<Change> net(List<Change> changes) {
        if (changes.size() == 1) {
            return changes;
        }
        return Change.net(changes);
    }

    private static Step stepOfStart(CgroupElement element, Change change) {
        if (change.before() == null || change.after() == null) {
            return Step.TURN;
        }
        return element.drops() ? Step.TIGHTEN : element.spares() ? Step.LOOSEN : Step.TURN;
    }

    private static Step stepOfEnd(CgroupElement element, List<CgroupElement> current, Change change) {
        var after = change.after();
        if (change.before() == null || after == null) {
            return Step.TURN;
        }
        for (var other : current) {
            if (other.set() == element.set()) {
                // One takes the other's place, at once.
                return stepOfStart(other, change);
            }
        }
        if (element.spares()) {
            return element.isInheritedOtherwise(after) ? Step.TIGHTEN : Step.LOOSEN;
        }
        return element.set() == CgroupSet.DIRECT ? Step.TURN : Step.LOOSEN;
    }

    private Part part(Step step) {
        return Objects.requireNonNull(parts.get(step));
    }

    /** Puts one step into a transaction. */
    void put(Step step, Transaction transaction) {
        part(step).deleted.forEach((set, elements) -> transaction.deleteElements(set.definition, elements));
        part(step).added.forEach((set, elements) -> transaction.addElements(set.definition, elements));
    }

    /** All elements, for sets that are empty. */
    static void fill(Transaction transaction, boolean hold, Collection<Assignment> assignments) {
        var added = new EnumMap<CgroupSet, List<Element>>(CgroupSet.class);
        for (var assignment : assignments) {
            for (var element : CgroupElement.of(assignment, hold)) {
                collect(added, element, assignment.cgroup().path());
            }
        }
        added.forEach((set, elements) -> transaction.addElements(set.definition, elements));
    }

    private static void collect(Map<CgroupSet, List<Element>> into, CgroupElement element, String path) {
        into.computeIfAbsent(element.set(), set -> new ArrayList<>()).add(element.toKernel(path));
    }
}

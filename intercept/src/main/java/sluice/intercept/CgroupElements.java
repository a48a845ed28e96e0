// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import sluice.netlink.nftables.Element;
import sluice.netlink.nftables.Transaction;

/**
 * What changes of cgroups do to the elements that stand for them, in steps that are transactions of their own.
 *
 * <p>A packet looks into one set after the other, from the deepest cgroup up, and each look finds what is in force by then. If cgroups went from one verdict to another in one
 * transaction, a packet could meet neither: be too early for the element that it asks for first, and too late for the one that it asks for next. So what is asked for
 * first comes first, and nothing goes before all is there:
 *
 * <ol>
 *   <li>what keeps a cgroup that is not dropped from the drops that come above it;
 *   <li>drops that come, which hide what follows;
 *   <li>ways that come, the deepest cgroup's first, and of one cgroup those of its DNS, then what does not go to its server, then what does;
 *   <li>ways that go;
 *   <li>drops that go.
 * </ol>
 *
 * <p>Cgroups that come or go as a whole have one step for all of them, since they come by the hundred.
 */
final class CgroupElements {
    private static final int SPARED_AS_BEFORE = Integer.MIN_VALUE;
    private static final int DROPS_THAT_COME = Integer.MIN_VALUE + 1;
    private static final int WHOLE_CGROUPS = 0;
    private static final int CAPTURED_AS_ABOVE = 1;
    private static final int WAYS_THAT_GO = 2;
    private static final int DROPS_THAT_GO = 3;
    private static final int TURNS = 3;

    private CgroupElements() {}

    /** What one transaction deletes and then adds. */
    static final class Step {
        private final List<CgroupElement> deleted = new ArrayList<>();
        private final List<Added> added = new ArrayList<>();

        private record Added(CgroupElement element, String path) {}

        List<CgroupElement> deleted() {
            return deleted;
        }

        List<CgroupElement> added() {
            return added.stream().map(Added::element).toList();
        }

        private void add(CgroupElement element, String path) {
            added.add(new Added(element, path));
        }

        void put(Transaction transaction) {
            var gone = new EnumMap<CgroupSet, List<Element>>(CgroupSet.class);
            deleted.forEach(element -> collect(gone, element, ""));
            gone.forEach((set, elements) -> transaction.deleteElements(set.definition, elements));
            var come = new EnumMap<CgroupSet, List<Element>>(CgroupSet.class);
            added.forEach(one -> collect(come, one.element, one.path));
            come.forEach((set, elements) -> transaction.addElements(set.definition, elements));
        }

        /** The elements of one set go together. */
        private static void collect(Map<CgroupSet, List<Element>> into, CgroupElement element, String path) {
            into.computeIfAbsent(element.set(), set -> new ArrayList<>()).add(element.toKernel(path));
        }
    }

    /** What changes cost, where one ruleset follows another one or itself; in order. */
    static Collection<Step> steps(List<Change> changes, boolean hold, Ruleset before, Ruleset after) {
        var steps = new TreeMap<Integer, Step>();
        for (var change : net(changes)) {
            var old = CgroupElement.of(change.before(), hold);
            var current = CgroupElement.of(change.after(), hold);
            for (var element : old) {
                if (!current.contains(element) && before.has(element.set()) && after.has(element.set())) {
                    at(end(element, current, change), steps).deleted.add(element);
                }
            }
            for (var element : current) {
                // A cgroup that only comes for a rehearsal may be the first of its kind.
                if (!old.contains(element) && after.has(element.set())) {
                    at(start(element, change), steps).add(element, change.path());
                }
            }
        }
        return steps.values();
    }

    /** One change per cgroup id: a cgroup that came and went within the batch leaves nothing to do. */
    private static Collection<Change> net(List<Change> changes) {
        if (changes.size() == 1) {
            return changes;
        }
        return Change.net(changes);
    }

    private static Step at(int order, Map<Integer, Step> steps) {
        return steps.computeIfAbsent(order, key -> new Step());
    }

    private static int start(CgroupElement element, Change change) {
        var before = change.before();
        var after = change.after();
        if (before == null || after == null) {
            return WHOLE_CGROUPS;
        }
        if (element.drops()) {
            return DROPS_THAT_COME;
        }
        if (element.spares()) {
            return element.isMissedIn(before) ? DROPS_THAT_GO : SPARED_AS_BEFORE;
        }
        return way(turn(element.set()), after);
    }

    /** When, of all that comes at a level, it comes: what is asked for first. */
    private static int turn(CgroupSet set) {
        return switch (set) {
            case DNS, DNS_UDP4, DNS_UDP6, DNS_TCP6, PROXIED -> 0;
            case NO_UDP, NO_IPV6 -> 1;
            default -> 2;
        };
    }

    private static int way(int turn, Assignment assignment) {
        return turn - TURNS * assignment.cgroup().level();
    }

    private static int end(CgroupElement element, List<CgroupElement> current, Change change) {
        var after = change.after();
        if (change.before() == null || after == null) {
            return WHOLE_CGROUPS;
        }
        for (var other : current) {
            if (other.set() == element.set()) {
                // One takes the other's place.
                return start(other, change);
            }
            if (element.set() == CgroupSet.UNPROXIED && other.set() == CgroupSet.DNS) {
                // What it hid is what counts from now on.
                return way(turn(CgroupSet.DNS) + 1, after);
            }
        }
        if (element.set() == CgroupSet.UNPROXIED && after.own() == null && after.belowProxied()) {
            return CAPTURED_AS_ABOVE;
        }
        if (element.spares()) {
            return element.isMissedIn(after) ? DROPS_THAT_COME : DROPS_THAT_GO;
        }
        return element.drops() ? DROPS_THAT_GO : WAYS_THAT_GO;
    }

    /** All elements, for the ruleset's sets while they are empty. */
    static void fill(Transaction transaction, Ruleset ruleset, boolean hold, Collection<Assignment> assignments) {
        var step = new Step();
        for (var assignment : assignments) {
            for (var element : CgroupElement.of(assignment, hold)) {
                if (ruleset.has(element.set())) {
                    step.add(element, assignment.cgroup().path());
                }
            }
        }
        step.put(transaction);
    }
}

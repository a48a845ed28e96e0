// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sluice.intercept.Mechanism.Traffic;
import sluice.netlink.nftables.Element;
import sluice.netlink.nftables.NftEvent;

/**
 * Adds up what the elements of each rule's cgroups counted, also of cgroups that are gone: the kernel's notification of a
 * deleted element carries its last figures.
 */
final class RuleTraffic {
    private static final int REMEMBERED_AT_MOST = 65_536;
    private static final int NO_RULE = Integer.MIN_VALUE;

    private final Map<Integer, Traffic> past = new HashMap<>();

    /** An element that counts. */
    private record Key(String set, long cgroup) {}

    /**
     * An element that stays as it is while another rule becomes the reason for it.
     *
     * @param from the rule that it has counted for
     * @param to   the rule that it counts for from now on
     */
    record TakenOver(CgroupSet set, long cgroup, int from, int to) {}

    /** Rules of elements that were deleted and whose last figures are still to come. */
    private final Map<Key, Integer> leaving = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, Integer> eldest) {
            return size() > REMEMBERED_AT_MOST;
        }
    };

    static Traffic of(Element element) {
        var counter = element.counter();
        return counter == null ? Traffic.NONE : new Traffic(counter.packets(), counter.bytes());
    }

    /** Elements that these changes' former assignments have and the present ones have not have been deleted. */
    void removed(List<Change> changes) {
        for (var change : changes) {
            var before = change.before();
            if (before == null || before.own() == null) {
                continue;
            }
            var kept = CgroupElement.of(change.after(), false);
            for (var element : CgroupElement.of(before, false)) {
                if (element.set().counts() && !kept.contains(element)) {
                    leaving.put(
                            new Key(element.set().definition.name(), element.cgroup()),
                            before.own().rule());
                }
            }
        }
    }

    /** The kernel says that elements are gone. */
    void gone(NftEvent.ElementsChanged event) {
        for (var element : event.elements()) {
            var rule = leaving.remove(new Key(event.set(), element.key().asCgroup()));
            if (rule != null) {
                past.merge(rule, of(element), Traffic::plus);
            }
        }
    }

    /** Elements that count and stay, of cgroups to which these changes give another rule. */
    static List<TakenOver> takenOver(List<Change> changes) {
        var found = new ArrayList<TakenOver>();
        for (var change : changes) {
            int from = rule(change.before());
            int to = rule(change.after());
            if (from == NO_RULE || to == NO_RULE || from == to) {
                continue;
            }
            var before = CgroupElement.of(change.before(), false);
            for (var element : CgroupElement.of(change.after(), false)) {
                if (element.set().counts() && before.contains(element)) {
                    found.add(new TakenOver(element.set(), element.cgroup(), from, to));
                }
            }
        }
        return found;
    }

    private static int rule(@Nullable Assignment assignment) {
        return assignment == null || assignment.own() == null
                ? NO_RULE
                : assignment.own().rule();
    }

    /** The element has counted so much for its former rule. */
    void handOver(TakenOver element, Traffic counted) {
        past.merge(element.from, counted, Traffic::plus);
        past.merge(element.to, Traffic.NONE.minus(counted), Traffic::plus);
    }

    /**
     * All elements are about to be replaced by ones that count from nothing: these are their figures, so the kernel's last word on them adds
     * nothing.
     *
     * @param changes what the tree has and the elements do not have yet
     */
    void keep(Map<Long, Traffic> counters, PolicyTree tree, List<Change> changes) {
        var others = new HashMap<>(counters);
        for (var change : changes) {
            var before = change.before();
            if (before != null) {
                var counted = others.remove(before.cgroup().id());
                if (counted != null && before.own() != null) {
                    past.merge(before.own().rule(), counted, Traffic::plus);
                }
            }
        }
        addTo(past, others, tree);
        leaving.clear();
    }

    /** The figures of each rule: past ones and these of the elements in force. */
    Map<Integer, Traffic> with(Map<Long, Traffic> counters, PolicyTree tree) {
        var sum = new HashMap<>(past);
        addTo(sum, counters, tree);
        return sum;
    }

    private static void addTo(Map<Integer, Traffic> sum, Map<Long, Traffic> counters, PolicyTree tree) {
        for (var assignment : tree.assignments()) {
            var counted = counters.get(assignment.cgroup().id());
            if (counted != null && assignment.own() != null) {
                sum.merge(assignment.own().rule(), counted, Traffic::plus);
            }
        }
    }
}

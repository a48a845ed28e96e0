// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import sluice.intercept.Mechanism.Traffic;
import sluice.netlink.nftables.Element;
import sluice.netlink.nftables.NftEvent;

/**
 * Adds up what the elements of each rule's cgroups counted, also of cgroups that are gone: the kernel's notification of a
 * deleted element carries its last figures.
 */
final class RuleTraffic {
    private static final int REMEMBERED_AT_MOST = 65_536;

    private final Map<Integer, Traffic> past = new HashMap<>();

    /** Rules of cgroups whose elements were deleted and whose last figures are still to come. */
    private final Map<Long, Integer> leaving = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Integer> eldest) {
            return size() > REMEMBERED_AT_MOST;
        }
    };

    static Traffic of(Element element) {
        var counter = element.counter();
        return counter == null ? Traffic.NONE : new Traffic(counter.packets(), counter.bytes());
    }

    /** Elements of these changes' former assignments have been deleted. */
    void removed(List<Change> changes) {
        for (var change : changes) {
            var before = change.before();
            if (before != null && before.own() != null) {
                leaving.put(before.cgroup().id(), before.own().rule());
            }
        }
    }

    /** The kernel says that elements are gone. */
    void gone(NftEvent.ElementsChanged event) {
        for (var element : event.elements()) {
            var rule = leaving.get(element.key().asCgroup());
            if (rule != null && element.counter() != null) {
                past.merge(rule, of(element), Traffic::plus);
            }
        }
    }

    /** All elements are about to be replaced by ones that count from nothing. */
    void keep(Map<Long, Traffic> counters, PolicyTree tree) {
        addTo(past, counters, tree);
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

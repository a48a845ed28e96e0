// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import sluice.netlink.nftables.Element;
import sluice.netlink.nftables.Transaction;

/** Puts elements that stand for cgroups into transactions, those of one set together. */
final class CgroupElements {
    private CgroupElements() {}

    /** What changes cost, where one ruleset follows another one or itself. */
    static void change(Transaction transaction, boolean hold, List<Change> changes, Ruleset before, Ruleset after) {
        var deleted = new EnumMap<CgroupSet, List<Element>>(CgroupSet.class);
        var added = new EnumMap<CgroupSet, List<Element>>(CgroupSet.class);
        for (var change : net(changes)) {
            var old = CgroupElement.of(change.before(), hold);
            var current = CgroupElement.of(change.after(), hold);
            for (var element : old) {
                if (!current.contains(element) && before.has(element.set()) && after.has(element.set())) {
                    collect(deleted, element, "");
                }
            }
            for (var element : current) {
                // A cgroup that only comes for a rehearsal may be the first of its kind.
                if (!old.contains(element) && after.has(element.set())) {
                    collect(added, element, change.path());
                }
            }
        }
        deleted.forEach((set, elements) -> transaction.deleteElements(set.definition, elements));
        added.forEach((set, elements) -> transaction.addElements(set.definition, elements));
    }

    /** One change per cgroup id: a cgroup that came and went within the batch leaves nothing to do. */
    private static Collection<Change> net(List<Change> changes) {
        if (changes.size() == 1) {
            return changes;
        }
        return Change.net(changes);
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

// SPDX-License-Identifier: Apache-2.0
package sluice.cgroup;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Changes that nobody has been told of yet, parents before what is created in them and after what is removed from them. A cgroup that came and went
 * meanwhile is left out. One that went and came is not, although it may be the same: a directory that is replaced while it is listed shows what its
 * successor holds, which then moves from the one to the other.
 */
final class PendingChanges {
    /** Of each cgroup there is one that it is gone at most, and after that one that it is there. */
    private final Map<Key, CgroupChange> changes = new LinkedHashMap<>();

    private record Key(long id, boolean created) {}

    void add(CgroupChange change) {
        long id = change.cgroup().id();
        switch (change) {
            case CgroupChange.Created created -> changes.put(new Key(id, true), created);
            case CgroupChange.Removed removed -> {
                if (changes.remove(new Key(id, true)) == null) {
                    changes.put(new Key(id, false), removed);
                }
            }
        }
    }

    /** All of them, in their order; none are left. */
    List<CgroupChange> take() {
        var taken = List.copyOf(changes.values());
        changes.clear();
        return taken;
    }
}

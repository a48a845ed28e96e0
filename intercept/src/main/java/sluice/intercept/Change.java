// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One cgroup's assignment before and after; null before it was there, and after it is gone. Never null on both sides. */
public record Change(@Nullable Assignment before, @Nullable Assignment after) {

    /** The path of the cgroup. */
    public String path() {
        return Objects.requireNonNull(after != null ? after : before).cgroup().path();
    }

    /**
     * The same changes with at most one for each cgroup id, without those that cancel each other out. A change of one path
     * from one id to another becomes two.
     */
    static Collection<Change> net(List<Change> changes) {
        var first = new LinkedHashMap<Long, @Nullable Assignment>();
        var last = new LinkedHashMap<Long, @Nullable Assignment>();
        for (var change : changes) {
            var before = change.before;
            var after = change.after;
            if (before != null) {
                // A null value counts: the cgroup appeared within these changes.
                if (!first.containsKey(before.cgroup().id())) {
                    first.put(before.cgroup().id(), before);
                }
                last.put(before.cgroup().id(), null);
            }
            if (after != null) {
                if (!first.containsKey(after.cgroup().id())) {
                    first.put(after.cgroup().id(), null);
                }
                last.put(after.cgroup().id(), after);
            }
        }
        return first.entrySet().stream()
                .map(entry -> new Change(entry.getValue(), last.get(entry.getKey())))
                .filter(change -> !Objects.equals(change.before, change.after))
                .toList();
    }
}

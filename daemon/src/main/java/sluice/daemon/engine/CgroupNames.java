// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.engine;

import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import sluice.cgroup.Cgroup;
import sluice.cgroup.CgroupChange;

/** Cgroup ids and their paths, for threads that meet ids. The control thread keeps it up to date; any thread asks. */
public final class CgroupNames {
    private final Map<Long, String> paths = new ConcurrentHashMap<>();

    /** Names of the cgroups that are there now. */
    CgroupNames(Collection<Cgroup> cgroups) {
        cgroups.forEach(cgroup -> paths.put(cgroup.id(), cgroup.path()));
    }

    /** Cgroups appeared and disappeared. The kernel uses no id twice. */
    public void changed(Collection<CgroupChange> changes) {
        for (var change : changes) {
            switch (change) {
                case CgroupChange.Created(var cgroup) -> paths.put(cgroup.id(), cgroup.path());
                case CgroupChange.Removed(var cgroup) -> paths.remove(cgroup.id());
            }
        }
    }

    /** Path relative to the managed root; null where the cgroup is not managed, or not known yet. */
    @Nullable
    String path(long id) {
        return paths.get(id);
    }
}

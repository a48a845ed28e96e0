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

    private final String root;

    /**
     * Names of the cgroups that are there now.
     *
     * @param root path of the managed root from the cgroup2 mount; empty for the mount itself
     */
    CgroupNames(String root, Collection<Cgroup> cgroups) {
        this.root = root;
        cgroups.forEach(this::put);
    }

    private void put(Cgroup cgroup) {
        paths.put(cgroup.id(), root + cgroup.path());
    }

    /** Cgroups appeared and disappeared. The kernel uses no id twice. */
    public void changed(Collection<CgroupChange> changes) {
        for (var change : changes) {
            switch (change) {
                case CgroupChange.Created(var cgroup) -> put(cgroup);
                case CgroupChange.Removed(var cgroup) -> paths.remove(cgroup.id());
            }
        }
    }

    /** A cgroup's path from the managed root, as rules and 'sluice tree' name it. */
    String managed(String path) {
        return path.startsWith(root) ? path.substring(root.length()) : path;
    }

    /** Path from the cgroup2 mount; null where the cgroup is not managed, or not known yet. */
    @Nullable
    String path(long id) {
        return paths.get(id);
    }
}

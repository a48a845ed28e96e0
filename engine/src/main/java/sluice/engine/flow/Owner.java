// SPDX-License-Identifier: Apache-2.0
package sluice.engine.flow;

import org.jspecify.annotations.Nullable;
import sluice.bounds.Claimant;
import sluice.rules.ShareKey;

/**
 * Whose flow it is, as far as the kernel tells.
 *
 * @param cgroup path of the socket's cgroup from the cgroup2 mount, or null when unknown
 * @param uid user id of the socket's maker, -1 when unknown
 * @param pid process, -1 when it could not be had without searching
 * @param command the process's name, or null
 * @param share what it counts as where applications share something
 */
public record Owner(
        @Nullable String cgroup, int uid, int pid, @Nullable String command, String share) {
    /** Nothing is known. */
    public static final Owner UNKNOWN = new Owner(null, -1, -1, null);

    /** An owner where the whole cgroup2 tree is managed. */
    public Owner(@Nullable String cgroup, int uid, int pid, @Nullable String command) {
        this(cgroup, uid, pid, command, cgroup == null ? Claimant.UNKNOWN : ShareKey.of(cgroup, uid));
    }

    /** The same with its process. */
    public Owner with(int process, @Nullable String name) {
        return new Owner(cgroup, uid, process, name, share);
    }
}

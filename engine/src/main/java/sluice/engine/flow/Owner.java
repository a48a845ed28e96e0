// SPDX-License-Identifier: Apache-2.0
package sluice.engine.flow;

import org.jspecify.annotations.Nullable;

/**
 * Whose flow it is, as far as the kernel tells.
 *
 * @param cgroup path of the socket's cgroup from the cgroup2 mount, or null when unknown
 * @param uid user id of the socket's maker, -1 when unknown
 * @param pid process, -1 when it could not be had without searching
 * @param command the process's name, or null
 */
public record Owner(
        @Nullable String cgroup, int uid, int pid, @Nullable String command) {
    /** Nothing is known. */
    public static final Owner UNKNOWN = new Owner(null, -1, -1, null);
}

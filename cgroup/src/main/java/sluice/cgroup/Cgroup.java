// SPDX-License-Identifier: Apache-2.0
package sluice.cgroup;

import sluice.linux.KernelString;

/**
 * A cgroup below the managed root.
 *
 * @param id the kernel's 64-bit cgroup id, which is the inode of its directory; never used again for another cgroup
 * @param path relative to the managed root, such as {@code /system.slice/x.service}; never the root itself. A
 *     {@link KernelString}: print it with {@link #toString()}
 * @param level what {@code socket cgroupv2 level} needs to reach it: its depth below the root of the cgroup namespace
 */
public record Cgroup(long id, String path, int level) {
    @Override
    public String toString() {
        return KernelString.printable(path) + " (id " + id + ", level " + level + ")";
    }
}

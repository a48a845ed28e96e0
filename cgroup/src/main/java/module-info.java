// SPDX-License-Identifier: Apache-2.0
/** Finding the cgroup2 mount, and following the tree of cgroups without losing any. */
module sluice.cgroup {
    requires static transitive org.jspecify;
    requires transitive sluice.linux;

    exports sluice.cgroup;
}

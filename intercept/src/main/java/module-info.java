// SPDX-License-Identifier: Apache-2.0
/** Desired state to kernel: plan, apply, verify, undo. */
module sluice.intercept {
    requires static transitive org.jspecify;
    requires transitive sluice.cgroup;
    requires transitive sluice.linux;
    requires transitive sluice.rules;
    requires sluice.netlink;

    exports sluice.intercept;
}

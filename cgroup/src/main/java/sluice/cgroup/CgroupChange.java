// SPDX-License-Identifier: Apache-2.0
package sluice.cgroup;

/** What happened to a cgroup. */
public sealed interface CgroupChange {
    /** Whom it happened to. */
    Cgroup cgroup();

    /** It is there; its parent has been reported before. */
    record Created(Cgroup cgroup) implements CgroupChange {}

    /** It is gone; its children have been reported before. */
    record Removed(Cgroup cgroup) implements CgroupChange {}
}

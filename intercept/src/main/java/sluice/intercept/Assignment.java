// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import org.jspecify.annotations.Nullable;
import sluice.cgroup.Cgroup;

/**
 * A cgroup with what the policy says of it.
 *
 * @param own the rule that matches the cgroup itself, if one does
 * @param belowDrop whether a matched ancestor drops or rejects all but the bypass
 * @param belowTotalDrop whether a matched ancestor drops all but loopback
 * @param belowProxied whether a matched ancestor has its DNS captured
 */
public record Assignment(
        Cgroup cgroup, @Nullable Ruling own, boolean belowDrop, boolean belowTotalDrop, boolean belowProxied) {

    /** Whether the walk for drops has to look at this cgroup: it drops, or it stops what an ancestor drops. */
    boolean inDropWalk() {
        return drops() || (own != null && belowDrop);
    }

    /** As {@link #inDropWalk()}, for drops that spare loopback only. */
    boolean inTotalDropWalk() {
        return dropsTotally() || (own != null && belowTotalDrop);
    }

    /** As {@link #inDropWalk()}, for captured DNS. */
    boolean inProxiedWalk() {
        return isProxied() || (own != null && belowProxied);
    }

    /** What a child of this cgroup has as {@link #belowDrop()}. */
    boolean dropsBelow() {
        return belowDrop || drops();
    }

    /** What a child of this cgroup has as {@link #belowTotalDrop()}. */
    boolean dropsTotallyBelow() {
        return belowTotalDrop || dropsTotally();
    }

    /** What a child of this cgroup has as {@link #belowProxied()}. */
    boolean isProxiedBelow() {
        return belowProxied || isProxied();
    }

    /** Whether its DNS is captured. */
    boolean isProxied() {
        return own != null && own.verdict() instanceof Verdict.Redirect(var to) && to.capturesDns();
    }

    /** Whether it drops or rejects all but the bypass. */
    boolean drops() {
        return own != null
                && own.verdict() instanceof Verdict.Drop(var scope)
                && scope != Verdict.Scope.ALL_BUT_LOOPBACK;
    }

    /** Whether it drops all but loopback. */
    boolean dropsTotally() {
        return own != null
                && own.verdict() instanceof Verdict.Drop(var scope)
                && scope == Verdict.Scope.ALL_BUT_LOOPBACK;
    }
}

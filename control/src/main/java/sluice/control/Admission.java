// SPDX-License-Identifier: Apache-2.0
package sluice.control;

import java.util.HashMap;
import java.util.Map;

/**
 * How many connections may be open at once: few for each user, few for all users together, and more for root and for the
 * daemon's own user, who never wait for others. Any thread.
 */
final class Admission {
    private final int ownUid;
    private final ControlLimits limits;
    private final Map<Integer, Integer> open = new HashMap<>();
    private int ordinary;

    Admission(int ownUid, ControlLimits limits) {
        this.ownUid = ownUid;
        this.limits = limits;
    }

    boolean privileged(int uid) {
        return uid == 0 || uid == ownUid;
    }

    synchronized boolean enter(int uid) {
        boolean privileged = privileged(uid);
        int limit = privileged ? limits.perPrivileged() : limits.perUser();
        if (open.getOrDefault(uid, 0) >= limit || (!privileged && ordinary >= limits.allUsers())) {
            return false;
        }
        open.merge(uid, 1, Integer::sum);
        ordinary += privileged ? 0 : 1;
        return true;
    }

    synchronized void leave(int uid) {
        open.computeIfPresent(uid, (_, count) -> count == 1 ? null : count - 1);
        ordinary -= privileged(uid) ? 0 : 1;
    }
}

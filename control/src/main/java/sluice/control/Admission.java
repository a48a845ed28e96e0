// SPDX-License-Identifier: Apache-2.0
package sluice.control;

import java.util.HashMap;
import java.util.Map;

/**
 * How many connections may be open at once: few for each user, few for all users together, and those of root and of the
 * daemon's own user never wait for others. Any thread.
 */
final class Admission {
    private final int ownUid;
    private final int perUser;
    private final int allUsers;
    private final Map<Integer, Integer> open = new HashMap<>();
    private int ordinary;

    Admission(int ownUid, int perUser, int allUsers) {
        this.ownUid = ownUid;
        this.perUser = perUser;
        this.allUsers = allUsers;
    }

    boolean privileged(int uid) {
        return uid == 0 || uid == ownUid;
    }

    synchronized boolean enter(int uid) {
        boolean counted = !privileged(uid);
        if (open.getOrDefault(uid, 0) >= perUser || (counted && ordinary >= allUsers)) {
            return false;
        }
        open.merge(uid, 1, Integer::sum);
        ordinary += counted ? 1 : 0;
        return true;
    }

    synchronized void leave(int uid) {
        open.computeIfPresent(uid, (_, count) -> count == 1 ? null : count - 1);
        ordinary -= privileged(uid) ? 0 : 1;
    }
}

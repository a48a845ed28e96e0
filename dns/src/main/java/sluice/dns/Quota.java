// SPDX-License-Identifier: Apache-2.0
package sluice.dns;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How many queries may wait for servers at once, or questions be under way to them. While there is plenty of room nobody is asked who it is, which costs a system call; once half of it
 * is taken, no application gets more than an eighth, nor do all together whose cgroup is not known. Any thread.
 */
final class Quota {
    private static final String UNKNOWN = "";

    private final int most;
    private final Map<String, Integer> byOwner = new HashMap<>();
    private int taken;

    Quota(int most) {
        this.most = most;
    }

    /** A place, to be given back. */
    final class Place implements AutoCloseable {
        private final @Nullable String owner;
        private boolean closed;

        private Place(@Nullable String owner) {
            this.owner = owner;
        }

        @Override
        public void close() {
            synchronized (Quota.this) {
                if (!closed) {
                    closed = true;
                    taken--;
                    if (owner != null) {
                        byOwner.computeIfPresent(owner, (_, count) -> count == 1 ? null : count - 1);
                    }
                }
            }
        }
    }

    /** A place; null if there is none for this one. Nobody is the engine itself. */
    @Nullable
    Place take(@Nullable Asker asker) {
        synchronized (this) {
            if (taken >= most) {
                return null;
            }
            if (asker == null || taken < most / 2) {
                taken++;
                return new Place(null);
            }
        }
        String cgroup = asker.cgroup();
        String owner = cgroup == null ? UNKNOWN : cgroup;
        synchronized (this) {
            int count = byOwner.getOrDefault(owner, 0);
            if (taken >= most || count >= most / 8) {
                return null;
            }
            taken++;
            byOwner.put(owner, count + 1);
            return new Place(owner);
        }
    }
}

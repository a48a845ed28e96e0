// SPDX-License-Identifier: Apache-2.0
package sluice.dns.cache;

import java.net.InetAddress;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import sluice.dns.NameService.Meaning;

/**
 * The names for which each application was given true addresses lately. An application is a cgroup, and knows nothing of what others were given.
 *
 * <p>Bounded: once half of the places are taken, an application gives up its oldest one for a new one while all that counts as its share (its unit,
 * user or container) has more than an eighth of them; when all are taken, the application that was given something least recently does. Any thread.
 */
public final class Hints {
    /** Applications keep addresses for longer than they may, and connect once more. */
    private static final int GRACE = 300;

    private static final int SHARES = 8;

    private final int most;
    private final LongSupplier clock;
    /** By cgroup, the one that was given something last at the end; its addresses in the same order. */
    private final SequencedMap<String, Application> applications = new LinkedHashMap<>();
    /** How many places each share has. */
    private final Map<String, Integer> shares = new HashMap<>();
    /** How many applications were given an address. */
    private final Map<InetAddress, Integer> receivers = new HashMap<>();

    private int count;

    /**
     * Without a hint yet.
     *
     * @param most addresses, each counted once for each application
     * @param clock seconds
     */
    public Hints(int most, LongSupplier clock) {
        this.most = most;
        this.clock = clock;
    }

    /** What one cgroup was given, the last one at the end. */
    private record Application(String share, SequencedMap<InetAddress, Names> given) {}

    /** The names of one address for one application, the last one first. */
    private static final class Names {
        private static final int MOST = 8;

        private String[] names = new String[1];
        private long[] ends = new long[1];
        private int size;

        void put(String name, long end) {
            int at = 0;
            while (at < size && !names[at].equals(name)) {
                at++;
            }
            if (at == size && size < MOST) {
                size++;
            }
            if (size > names.length) {
                names = Arrays.copyOf(names, Math.min(MOST, 2 * size));
                ends = Arrays.copyOf(ends, names.length);
            }
            int last = Math.min(at, size - 1);
            System.arraycopy(names, 0, names, 1, last);
            System.arraycopy(ends, 0, ends, 1, last);
            names[0] = name;
            ends[0] = end;
        }

        @Nullable
        String latest(long now) {
            for (int i = 0; i < size; i++) {
                if (now < ends[i]) {
                    return names[i];
                }
            }
            return null;
        }

        boolean has(String name, long now) {
            for (int i = 0; i < size; i++) {
                if (names[i].equals(name)) {
                    return now < ends[i];
                }
            }
            return false;
        }
    }

    /** What an address means to those who were given it. */
    private record Given(Hints hints, InetAddress address) implements Meaning.Hint {
        @Override
        public @Nullable String name(@Nullable String cgroup) {
            return hints.latest(address, cgroup);
        }

        @Override
        public boolean isFor(String name, @Nullable String cgroup) {
            return hints.has(address, name, cgroup);
        }
    }

    /**
     * An application is given addresses for a name.
     *
     * @param share what the application counts as where places are short
     * @param ttl for how many seconds they are good
     */
    public void give(String cgroup, String share, String name, List<InetAddress> addresses, int ttl) {
        long end = clock.getAsLong() + ttl + GRACE;
        synchronized (applications) {
            var own = applications.get(cgroup);
            if (own == null) {
                own = new Application(share, new LinkedHashMap<>());
            }
            applications.putLast(cgroup, own);
            for (var address : addresses) {
                give(own, address, name, end);
            }
            while (count > most) {
                var first = applications.firstEntry().getValue();
                forgetFirst(first);
                if (first.given.isEmpty()) {
                    applications.pollFirstEntry();
                }
            }
            if (own.given.isEmpty()) {
                applications.remove(cgroup);
            }
        }
    }

    private void give(Application to, InetAddress address, String name, long end) {
        var names = to.given.get(address);
        if (names == null) {
            names = new Names();
            receivers.merge(address, 1, Integer::sum);
            shares.merge(to.share, 1, Integer::sum);
            count++;
        }
        to.given.putLast(address, names);
        names.put(name, end);
        if (count > most / 2 && shares.getOrDefault(to.share, 0) > most / SHARES) {
            forgetFirst(to);
        }
    }

    private void forgetFirst(Application of) {
        var address = of.given.pollFirstEntry().getKey();
        receivers.computeIfPresent(address, (_, has) -> has == 1 ? null : has - 1);
        shares.computeIfPresent(of.share, (_, has) -> has == 1 ? null : has - 1);
        count--;
    }

    /** What an address means to applications that were given it, each for its time; null if none was. */
    public @Nullable Meaning find(InetAddress address) {
        synchronized (applications) {
            return receivers.containsKey(address) ? new Given(this, address) : null;
        }
    }

    private @Nullable Names names(InetAddress address, @Nullable String cgroup) {
        var own = cgroup == null ? null : applications.get(cgroup);
        return own == null ? null : own.given.get(address);
    }

    private @Nullable String latest(InetAddress address, @Nullable String cgroup) {
        long now = clock.getAsLong();
        synchronized (applications) {
            var names = names(address, cgroup);
            return names == null ? null : names.latest(now);
        }
    }

    private boolean has(InetAddress address, String name, @Nullable String cgroup) {
        long now = clock.getAsLong();
        synchronized (applications) {
            var names = names(address, cgroup);
            return names != null && names.has(name, now);
        }
    }

    /** Forgets everything. */
    public void flush() {
        synchronized (applications) {
            applications.clear();
            shares.clear();
            receivers.clear();
            count = 0;
        }
    }

    /** How many there are: addresses, each counted once for each application. */
    public int size() {
        synchronized (applications) {
            return count;
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import sluice.rules.Outbound;

/**
 * What proxies were seen to be unable to do, for a time, because they are mended. What a proxy lacks is tried last, and not given up. Any thread.
 */
final class ProxyAbilities {
    /** After the proxy has said so. */
    static final Duration SAID = Duration.ofMinutes(10);
    /** After something else led to the same host: the host may be to blame. */
    static final Duration SEEN = Duration.ofMinutes(1);
    /** A proxy that cannot find one name may find others. */
    static final int NAMES_MISSED = 3;

    private final LongSupplier clock;
    private final Map<Ability, Doubt> doubts = new HashMap<>();
    /** So that most flows take no lock. */
    private volatile boolean none = true;

    /** @param clock nanoseconds, as {@link System#nanoTime} has them */
    ProxyAbilities(LongSupplier clock) {
        this.clock = clock;
    }

    /** What a proxy is told of a destination. */
    enum Kind {
        /** An IPv4 address. */
        IPV4,
        /** An IPv6 address. */
        IPV6,
        /** A name. */
        NAME;

        static Kind of(InetAddress address) {
            return address instanceof Inet4Address ? IPV4 : IPV6;
        }

        static Kind of(Peer peer) {
            return peer.name() != null || peer.address() == null ? NAME : of(peer.address());
        }
    }

    private record Ability(Outbound proxy, Kind kind) {}

    /** @param missed how often in a row something else led to the same host */
    private record Doubt(int missed, long until) {}

    /** Whether the proxy is not expected to reach a destination that it is told like this. */
    boolean lacks(Proxy proxy, Kind kind) {
        if (none) {
            return false;
        }
        synchronized (doubts) {
            var doubt = doubts.get(new Ability(proxy.outbound(), kind));
            return doubt != null && isStrong(kind, doubt.missed) && doubt.until - clock.getAsLong() > 0;
        }
    }

    private static boolean isStrong(Kind kind, int missed) {
        return missed >= (kind == Kind.NAME ? NAMES_MISSED : 1);
    }

    /** The proxy says that it does not know this. */
    void denied(Proxy proxy, Kind kind) {
        note(proxy, kind, NAMES_MISSED, SAID);
    }

    /** The proxy did not reach a destination that it was told like this, or not soon, and did when it was told otherwise. */
    void missed(Proxy proxy, Kind kind) {
        note(proxy, kind, 1, SEEN);
    }

    private void note(Proxy proxy, Kind kind, int misses, Duration time) {
        long now = clock.getAsLong();
        synchronized (doubts) {
            // Those of outbounds that are gone.
            doubts.values().removeIf(doubt -> doubt.until - now <= 0);
            doubts.merge(
                    new Ability(proxy.outbound(), kind),
                    new Doubt(misses, now + time.toNanos()),
                    (a, b) -> new Doubt(
                            Math.min(NAMES_MISSED, a.missed + b.missed), a.until - b.until > 0 ? a.until : b.until));
            none = false;
        }
    }

    /** The proxy reached a destination that it was told like this. */
    void worked(Proxy proxy, Kind kind) {
        if (!none) {
            synchronized (doubts) {
                doubts.remove(new Ability(proxy.outbound(), kind));
                none = doubts.isEmpty();
            }
        }
    }
}

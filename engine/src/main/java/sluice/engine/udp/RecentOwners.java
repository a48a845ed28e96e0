// SPDX-License-Identifier: Apache-2.0
package sluice.engine.udp;

import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import sluice.engine.flow.Owner;
import sluice.linux.RawEndpoint;

/**
 * The owners of sockets that have just asked something: most applications ask for both families from one socket, and finding an owner takes two
 * system calls. Only for a moment, because a port may change hands. Any thread.
 */
final class RecentOwners {
    static final long MOMENT_NANOS = 10_000_000;
    private static final int PLACES = 256;

    private final AtomicReferenceArray<@Nullable Known> known = new AtomicReferenceArray<>(PLACES);
    private final LongSupplier clock;

    /** @param clock nanoseconds, as {@link System#nanoTime} has them */
    RecentOwners(LongSupplier clock) {
        this.clock = clock;
    }

    private record Known(RawEndpoint client, RawEndpoint server, Owner owner, long at) {}

    /**
     * The owner of a client's socket.
     *
     * @param client not changed by anybody later, nor is {@code server}
     * @param look finds the owner where it is not known
     */
    Owner owner(RawEndpoint client, RawEndpoint server, Supplier<Owner> look) {
        int place = Math.floorMod(client.hashCode(), PLACES);
        var there = known.get(place);
        long now = clock.getAsLong();
        if (there != null
                && now - there.at < MOMENT_NANOS
                && there.client.equals(client)
                && there.server.equals(server)) {
            return there.owner;
        }
        var found = look.get();
        if (found.cgroup() != null) {
            known.set(place, new Known(client, server, found, now));
        }
        return found;
    }
}

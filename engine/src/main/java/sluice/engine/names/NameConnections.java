// SPDX-License-Identifier: Apache-2.0
package sluice.engine.names;

import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import sluice.bounds.Bound;
import sluice.bounds.Bounds;
import sluice.dns.NameService;
import sluice.engine.flow.FlowLedger;
import sluice.engine.flow.Owner;
import sluice.engine.park.Parking;
import sluice.linux.InetEndpoint;
import sluice.linux.StreamSocket;
import sluice.linux.SystemCallException;

/** The connections to port 53 (RFC 7766): a virtual thread each, and so many and no more. Any thread. */
public final class NameConnections implements AutoCloseable {
    /** The thread, its buffer and what it has read. */
    private static final int KIBIBYTES = 8;

    final Parking parking;
    final NameLimits limits;
    final NameCounters counters;
    /** Bytes of answers that wait to be taken. */
    final Bound waiting;

    private final Bound connections;
    private final FlowLedger ledger;
    private final Set<NameConnection> live = ConcurrentHashMap.newKeySet();

    /**
     * None yet.
     *
     * @param parking stays the caller's
     * @param bounds gets those of connections
     * @param ledger has the bounds that connections share with flows
     */
    public NameConnections(
            Parking parking, NameLimits limits, Bounds bounds, FlowLedger ledger, NameCounters counters) {
        this.parking = parking;
        this.limits = limits;
        this.ledger = ledger;
        this.counters = counters;
        connections = bounds.add("dns-tcp-connections", limits.connections());
        waiting = bounds.add("dns-tcp-answer-bytes", limits.waitingBytes());
    }

    /**
     * Serves a connection from now on, or resets it.
     *
     * @param socket accepted; not the caller's any more
     * @param server the destination that the application chose
     */
    public void open(
            NameService names,
            String target,
            InetEndpoint client,
            InetEndpoint server,
            Owner owner,
            StreamSocket socket) {
        counters.add(NameCounter.TCP_CONNECTIONS);
        var asker = new StreamAsker(client, server, target, owner);
        var places = places(asker);
        if (places.isEmpty()) {
            counters.add(NameCounter.OVER_CONNECTIONS);
            socket.abort();
            return;
        }
        try {
            var connection = new NameConnection(this, names, asker, parking.adopt(socket));
            live.add(connection);
            parking.start("engine-dns-" + client.port(), () -> {
                try {
                    connection.serve();
                } finally {
                    live.remove(connection);
                    places.forEach(Bound.Place::close);
                }
            });
        } catch (SystemCallException _) {
            // The engine stops, or this process may not watch more (fs.epoll.max_user_watches).
            places.forEach(Bound.Place::close);
            socket.abort();
        }
    }

    /** What a connection takes of bounds; empty if one of them refuses. */
    private List<Bound.Place> places(StreamAsker asker) {
        var place = connections.take(asker);
        var descriptor = place == null ? null : ledger.descriptors().take(asker);
        var memory = descriptor == null ? null : ledger.memory().take(asker, KIBIBYTES);
        if (place != null && descriptor != null && memory != null) {
            return List.of(place, descriptor, memory);
        }
        Stream.of(place, descriptor).filter(Objects::nonNull).forEach(Bound.Place::close);
        return List.of();
    }

    /** Ends them all. */
    @Override
    public void close() {
        live.forEach(NameConnection::close);
    }
}

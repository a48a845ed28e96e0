// SPDX-License-Identifier: Apache-2.0
package sluice.engine.names;

import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import sluice.dns.NameService;
import sluice.engine.flow.Owner;
import sluice.engine.park.Parking;
import sluice.linux.InetEndpoint;
import sluice.linux.StreamSocket;
import sluice.linux.SystemCallException;

/** The connections to port 53 (RFC 7766): a virtual thread each, and so many and no more. Any thread. */
public final class NameConnections implements AutoCloseable {
    final Parking parking;
    final NameLimits limits;
    final NameCounters counters;
    /** Bytes of answers that wait to be taken, in all. */
    final AtomicInteger waiting = new AtomicInteger();

    private final Set<NameConnection> live = ConcurrentHashMap.newKeySet();
    private final Map<String, Integer> perApplication = new ConcurrentHashMap<>();
    private final AtomicInteger count = new AtomicInteger();

    /** None yet; {@code parking} stays the caller's. */
    public NameConnections(Parking parking, NameLimits limits, NameCounters counters) {
        this.parking = parking;
        this.limits = limits;
        this.counters = counters;
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
        var application = Objects.requireNonNullElse(owner.cgroup(), "");
        if (!admit(application)) {
            counters.add(NameCounter.OVER_CONNECTIONS);
            socket.abort();
            return;
        }
        try {
            var asker = new StreamAsker(client, server, target, owner);
            var connection = new NameConnection(this, names, asker, parking.adopt(socket));
            live.add(connection);
            parking.start("engine-dns-" + client.port(), () -> {
                try {
                    connection.serve();
                } finally {
                    live.remove(connection);
                    leave(application);
                }
            });
        } catch (SystemCallException _) {
            // The engine stops, or this process may not watch more (fs.epoll.max_user_watches).
            leave(application);
            socket.abort();
        }
    }

    private boolean admit(String application) {
        int all = count.incrementAndGet();
        int own = perApplication.merge(application, 1, Integer::sum);
        if (all <= limits.connections() && own <= limits.perApplication()) {
            return true;
        }
        leave(application);
        return false;
    }

    private void leave(String application) {
        count.decrementAndGet();
        perApplication.computeIfPresent(application, (key, has) -> has == 1 ? null : has - 1);
    }

    /** Ends them all. */
    @Override
    public void close() {
        live.forEach(NameConnection::close);
    }
}

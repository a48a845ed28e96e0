// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import sluice.engine.flow.Owner;
import sluice.engine.outbound.ProxyAbilities.Kind;
import sluice.engine.park.Deadline;
import sluice.rules.Outbound;

/**
 * Connects through proxies, and tells the last one what it understands. Immutable.
 *
 * @param proxies from the one that our socket is connected to, to the one that connects to the destination; at least one
 * @param exit how the socket leaves
 */
record ProxyPath(List<Proxy> proxies, Exit exit, Connector connector) {
    /** A proxy that is slow is not asked twice; RFC 8305, section 5 has this as the longest delay. */
    private static final Duration ANOTHER_TARGET_DELAY = Duration.ofSeconds(2);

    private record Opened(Kind told, Link link) {}

    /**
     * Connects; where the proxy does not reach what it is told first, it is told what else leads to the same host.
     *
     * @param hosts knows where {@code to} is
     */
    Link open(Peer to, Hosts hosts, Supplier<Owner> owner, Deadline deadline) throws DialException {
        var proxy = proxies.getLast();
        var abilities = connector.abilities();
        var targets = new ProxyTargets(proxy, to, hosts, abilities, deadline);
        Set<Kind> told = ConcurrentHashMap.newKeySet();
        var race = new Race<Peer, Opened>(
                connector.parking(),
                ANOTHER_TARGET_DELAY,
                (target, limit) -> {
                    told.add(Kind.of(target));
                    return new Opened(Kind.of(target), through(target, owner, limit));
                },
                DialException::isWorthAnotherAddress,
                late -> late.link.close());
        var opened = race.run(targets, proxy.name(), deadline);
        abilities.worked(proxy, opened.told);
        told.stream().filter(kind -> kind != opened.told).forEach(kind -> abilities.missed(proxy, kind));
        return opened.link;
    }

    private Link through(Peer target, Supplier<Owner> owner, Deadline deadline) throws DialException {
        var socket = nearest(deadline).socket();
        boolean open = false;
        try {
            Link link = new SocketLink(socket);
            for (int i = 0; i < proxies.size() - 1; i++) {
                var next = told(proxies.get(i), Peer.of(proxies.get(i + 1).server()), deadline);
                link = between(link, proxies.get(i), next, owner, deadline);
            }
            link = last(link, target, owner, deadline);
            open = true;
            return link;
        } finally {
            if (!open) {
                socket.close();
            }
        }
    }

    /** Connects to the first proxy. */
    Connector.Connected nearest(Deadline deadline) throws DialException {
        var proxy = proxies.getFirst();
        return connector.connect(Peer.of(proxy.server()), connector.lookup(), proxy.name(), exit, deadline, null);
    }

    private Peer told(Proxy proxy, Peer peer, Deadline deadline) throws DialException {
        return peer.name() != null && proxy.names() == Outbound.Names.LOCAL
                ? peer.at(connector
                        .lookup()
                        .addresses(peer, proxy.name(), deadline)
                        .getFirst())
                : peer;
    }

    private static Link between(Link carrier, Proxy proxy, Peer to, Supplier<Owner> owner, Deadline deadline)
            throws DialException {
        try {
            return proxy.open(carrier, to, owner, deadline);
        } catch (IOException e) {
            var failure = failure(proxy, e);
            // The destination of a proxy in the middle is the next one: part of this path.
            throw new DialException(failure.reason(), String.valueOf(failure.getMessage()));
        }
    }

    private Link last(Link carrier, Peer target, Supplier<Owner> owner, Deadline deadline) throws DialException {
        var proxy = proxies.getLast();
        try {
            return proxy.open(carrier, target, owner, deadline);
        } catch (IOException e) {
            var failure = failure(proxy, e);
            if (failure.isUnsupportedAddress()) {
                connector.abilities().denied(proxy, Kind.of(target));
            }
            throw failure;
        }
    }

    private static DialException failure(Proxy proxy, IOException cause) {
        return Failures.of(proxy.name(), "negotiate with " + proxy.server(), cause);
    }
}

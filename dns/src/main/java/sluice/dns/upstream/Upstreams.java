// SPDX-License-Identifier: Apache-2.0
package sluice.dns.upstream;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import sluice.dns.DnsCounters;
import sluice.dns.DnsListener;
import sluice.dns.Network;
import sluice.rules.DnsServer;
import sluice.rules.DnsSettings.Strategy;

/** All servers: one object for each, however many rules name it, and the same one after a reload. Any thread. */
public final class Upstreams implements AutoCloseable {
    private final Network network;
    private final Transports transports;
    private final DnsListener listener;
    private final SystemServers system;
    private final Map<DnsServer, Server> servers = new HashMap<>();
    private final Map<List<DnsServer>, ServerGroup> groups = new HashMap<>();
    private Strategy strategy = Strategy.ORDERED;
    private final AtomicInteger ids = new AtomicInteger();

    /**
     * Without any server yet.
     *
     * @param resolvConf where the machine's own servers are
     */
    public Upstreams(Network network, Path resolvConf, DnsCounters counters, DnsListener listener) {
        this.network = network;
        this.listener = listener;
        transports = new Transports(network, new SecureRandom(), counters);
        system = new SystemServers(resolvConf, ids::getAndIncrement, System::nanoTime);
    }

    /** The group of some servers of the configuration; of none: the machine's, as they are when they are asked. */
    public synchronized ServerGroup group(List<DnsServer> of) {
        return groups.computeIfAbsent(of, this::newGroup);
    }

    private ServerGroup newGroup(List<DnsServer> of) {
        int own = ids.getAndIncrement();
        return new ServerGroup(of.isEmpty() ? system::id : () -> own, network, strategy, () -> servers(of));
    }

    /** The group with a number, if it is in use. */
    public synchronized Optional<ServerGroup> group(int id) {
        return groups.values().stream().filter(group -> group.id() == id).findFirst();
    }

    private synchronized List<Server> servers(List<DnsServer> of) {
        var list = of.isEmpty() ? system.servers() : of;
        return list.stream()
                .map(settings -> servers.computeIfAbsent(settings, s -> new Server(s, transports, listener)))
                .toList();
    }

    /** The domains that resolvers of this machine try behind short names, in lower case. */
    public Set<String> search() {
        return system.search();
    }

    /** How servers of one group are asked from now on. */
    public synchronized void strategy(Strategy changed) {
        strategy = changed;
        groups.values().forEach(group -> group.strategy(changed));
    }

    /** Forgets the groups that are in use no longer, and ends the connections of servers that are in none. */
    public synchronized void retain(Set<ServerGroup> used) {
        groups.values().retainAll(used);
        var needed = new HashSet<DnsServer>();
        groups.keySet().forEach(of -> needed.addAll(of.isEmpty() ? system.servers() : of));
        for (var settings : new ArrayList<>(servers.keySet())) {
            if (!needed.contains(settings)) {
                close(settings);
            }
        }
    }

    /** Has what is asked from now on go by new connections: outbounds may have changed. */
    public synchronized void renew() {
        servers.values().forEach(Server::renew);
    }

    private void close(DnsServer settings) {
        var server = servers.remove(settings);
        if (server != null) {
            server.close();
        }
    }

    @Override
    public synchronized void close() {
        servers.values().forEach(Server::close);
        servers.clear();
        groups.clear();
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.engine;

import java.io.IOException;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sluice.engine.Attribution;
import sluice.engine.flow.Owner;
import sluice.engine.flow.Transport;
import sluice.linux.InetEndpoint;
import sluice.netlink.sockdiag.SocketDiagnostics;
import sluice.netlink.sockdiag.SocketInfo;
import sluice.rules.ShareKey;

/** Whose flow it is: the kernel finds the client's socket by its addresses, and the socket tells its cgroup. A few microseconds; any thread. */
final class FlowOwners implements Attribution, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(FlowOwners.class);
    private static final long LISTENERS_NANOS = 1_000_000_000L;

    private final CgroupNames names;
    private final SoleProcesses processes;
    /** As many as threads have asked at once, so that none waits for another. */
    private final Queue<SocketDiagnostics> idle = new ConcurrentLinkedQueue<>();

    private final AtomicBoolean failed = new AtomicBoolean();
    /** Of proxies that flows go to, which are few. */
    private final Map<InetEndpoint, Listeners> listeners = new ConcurrentHashMap<>();

    /** Paths of the cgroups that sockets were made in which listen at one address. */
    private record Listeners(Set<String> cgroups, long foundAt) {}

    private FlowOwners(CgroupNames names, SoleProcesses processes) {
        this.names = names;
        this.processes = processes;
    }

    static FlowOwners open(CgroupNames names, SoleProcesses processes) throws IOException {
        var owners = new FlowOwners(names, processes);
        // Fails now, if it has to.
        owners.idle.add(SocketDiagnostics.open());
        return owners;
    }

    @Override
    public Owner owner(Transport transport, InetEndpoint client, InetEndpoint destination) {
        try {
            return socket(transport, client, destination).map(this::owner).orElse(Owner.UNKNOWN);
        } catch (IOException e) {
            if (failed.compareAndSet(false, true)) {
                LOG.warn("{}; flows are carried without their application's name, said once", e.getMessage());
            }
            return Owner.UNKNOWN;
        }
    }

    private Owner owner(SocketInfo socket) {
        var path = names.path(socket.cgroup());
        return path == null
                ? new Owner(null, socket.user(), -1, null)
                : new Owner(path, socket.user(), -1, null, ShareKey.of(names.managed(path), socket.user()));
    }

    @Override
    public Set<String> listeners(InetEndpoint at) {
        long now = System.nanoTime();
        var known = listeners.get(at);
        if (known == null || now - known.foundAt > LISTENERS_NANOS) {
            known = new Listeners(find(at), now);
            listeners.put(at, known);
        }
        return known.cgroups;
    }

    private Set<String> find(InetEndpoint at) {
        try {
            return ask(diagnostics -> diagnostics.listeners(at.port())).stream()
                    .filter(socket -> socket.serves(at.address()))
                    .map(socket -> names.path(socket.cgroup()))
                    .filter(Objects::nonNull)
                    .collect(Collectors.toUnmodifiableSet());
        } catch (IOException e) {
            LOG.debug("{}, ignoring", e.getMessage());
            return Set.of();
        }
    }

    @Override
    public Owner withProcess(Owner known) {
        return processes.completeNow(known);
    }

    private Optional<SocketInfo> socket(Transport transport, InetEndpoint client, InetEndpoint destination)
            throws IOException {
        return ask(diagnostics -> switch (transport) {
            case TCP -> diagnostics.tcp(client, destination);
            case UDP -> diagnostics.udp(client, destination);
        });
    }

    private interface Question<T> {
        T put(SocketDiagnostics diagnostics) throws IOException;
    }

    private <T> T ask(Question<T> question) throws IOException {
        var kept = idle.poll();
        var diagnostics = kept == null ? SocketDiagnostics.open() : kept;
        try {
            return question.put(diagnostics);
        } finally {
            idle.add(diagnostics);
        }
    }

    /** Once nobody asks any more. */
    @Override
    public void close() {
        for (var one = idle.poll(); one != null; one = idle.poll()) {
            one.close();
        }
    }
}

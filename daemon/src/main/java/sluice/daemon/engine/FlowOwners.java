// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.engine;

import java.io.IOException;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
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

    private final CgroupNames names;
    private final SoleProcesses processes;
    /** As many as threads have asked at once, so that none waits for another. */
    private final Queue<SocketDiagnostics> idle = new ConcurrentLinkedQueue<>();

    private final AtomicBoolean failed = new AtomicBoolean();

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
    public Owner withProcess(Owner known) {
        return processes.completeNow(known);
    }

    private Optional<SocketInfo> socket(Transport transport, InetEndpoint client, InetEndpoint destination)
            throws IOException {
        var kept = idle.poll();
        var diagnostics = kept == null ? SocketDiagnostics.open() : kept;
        try {
            return switch (transport) {
                case TCP -> diagnostics.tcp(client, destination);
                case UDP -> diagnostics.udp(client, destination);
            };
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

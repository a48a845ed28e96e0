// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.engine;

import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sluice.engine.Attribution;
import sluice.engine.flow.Owner;
import sluice.engine.flow.Transport;
import sluice.linux.InetEndpoint;
import sluice.netlink.sockdiag.SocketDiagnostics;
import sluice.netlink.sockdiag.SocketInfo;

/** Whose flow it is: the kernel finds the client's socket by its addresses, and the socket tells its cgroup. A few microseconds; any thread. */
final class FlowOwners implements Attribution, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(FlowOwners.class);

    private final CgroupNames names;
    private final SoleProcesses processes;
    // One for each of the engine's threads that ask, so that neither waits for the other.
    private final SocketDiagnostics tcp;
    private final SocketDiagnostics udp;
    private final AtomicBoolean failed = new AtomicBoolean();

    private FlowOwners(CgroupNames names, SoleProcesses processes, SocketDiagnostics tcp, SocketDiagnostics udp) {
        this.names = names;
        this.processes = processes;
        this.tcp = tcp;
        this.udp = udp;
    }

    static FlowOwners open(CgroupNames names, SoleProcesses processes) throws IOException {
        var tcp = SocketDiagnostics.open();
        try {
            return new FlowOwners(names, processes, tcp, SocketDiagnostics.open());
        } catch (IOException | RuntimeException e) {
            tcp.close();
            throw e;
        }
    }

    @Override
    public Owner owner(Transport transport, InetEndpoint client, InetEndpoint destination) {
        try {
            return socket(transport, client, destination)
                    .map(socket -> new Owner(names.path(socket.cgroup()), socket.user(), -1, null))
                    .orElse(Owner.UNKNOWN);
        } catch (IOException e) {
            if (failed.compareAndSet(false, true)) {
                LOG.warn("{}; flows are carried without their application's name, said once", e.getMessage());
            }
            return Owner.UNKNOWN;
        }
    }

    @Override
    public Owner withProcess(Owner known) {
        return processes.complete(known);
    }

    private Optional<SocketInfo> socket(Transport transport, InetEndpoint client, InetEndpoint destination)
            throws IOException {
        switch (transport) {
            case TCP -> {
                synchronized (tcp) {
                    return tcp.tcp(client, destination);
                }
            }
            case UDP -> {
                synchronized (udp) {
                    return udp.udp(client, destination);
                }
            }
        }
        throw new IllegalArgumentException("transport " + transport);
    }

    @Override
    public void close() {
        synchronized (tcp) {
            tcp.close();
        }
        synchronized (udp) {
            udp.close();
        }
    }
}

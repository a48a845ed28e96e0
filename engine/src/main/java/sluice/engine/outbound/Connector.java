// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import sluice.dns.Asker;
import sluice.engine.flow.FlowEnd;
import sluice.engine.park.Deadline;
import sluice.engine.park.ParkedSocket;
import sluice.engine.park.Parking;
import sluice.linux.InetEndpoint;

/** Opens sockets to proxies, and to what is tested, for virtual threads. Any thread. */
final class Connector {
    /** While other addresses of the same host are still to be tried. */
    private static final Duration LONGEST_ATTEMPT = Duration.ofSeconds(3);

    private final Parking parking;
    private final Lookup lookup;
    private final LoopGuard guard;

    Connector(Parking parking, Lookup lookup, LoopGuard guard) {
        this.parking = parking;
        this.lookup = lookup;
        this.guard = guard;
    }

    /** A connection, with the address it goes to. */
    record Connected(ParkedSocket socket, InetEndpoint to) {}

    /** Knows where proxies and name servers are. */
    Lookup lookup() {
        return lookup;
    }

    /**
     * Knows where flows lead.
     *
     * @param asker whose flow it is, or null
     */
    Hosts hosts(@Nullable Asker asker) {
        var service = lookup.names();
        return service == null ? lookup : new NameHosts(service, asker);
    }

    Parking parking() {
        return parking;
    }

    LoopGuard guard() {
        return guard;
    }

    /**
     * Connects to the first of the peer's addresses that answers.
     *
     * @param hosts knows the peer's addresses
     * @param outbound for messages
     * @throws DialException what the last one said
     */
    Connected connect(Peer peer, Hosts hosts, String outbound, Exit exit, Deadline deadline) throws DialException {
        var addresses = hosts.addresses(peer, outbound, deadline);
        DialException last = null;
        for (int i = 0; i < addresses.size(); i++) {
            var to = new InetEndpoint(addresses.get(i), peer.port());
            int others = addresses.size() - i;
            var limit = others == 1
                    ? deadline
                    : deadline.within(deadline.left().dividedBy(others)).within(LONGEST_ATTEMPT);
            try {
                var socket = connect(to, outbound, exit, limit);
                hosts.answered(peer, to.address());
                return new Connected(socket, to);
            } catch (DialException e) {
                last = e;
            }
        }
        throw last != null ? last : new DialException(FlowEnd.UNREACHABLE, "outbound " + outbound + ": no address");
    }

    private ParkedSocket connect(InetEndpoint to, String outbound, Exit exit, Deadline deadline) throws DialException {
        if (guard.refuses(to)) {
            throw new DialException(FlowEnd.LOOP, "outbound " + outbound + ": " + to + " is this engine itself");
        }
        var traits = exit.traits(to.address());
        if (traits == null) {
            throw new DialException(FlowEnd.UNREACHABLE, exit.refusal(to.address()));
        }
        try {
            return parking.connect(OutsideSockets.tcp(to, traits), to, deadline);
        } catch (IOException e) {
            throw Failures.of(outbound, "connect to " + to, e);
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import java.io.IOException;
import java.net.InetAddress;
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
    /** RFC 8305, section 5: Connection Attempt Delay. */
    static final Duration ATTEMPT_DELAY = Duration.ofMillis(250);

    private final Parking parking;
    private final Lookup lookup;
    private final LoopGuard guard;
    private final ProxyAbilities abilities = new ProxyAbilities(System::nanoTime);

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

    /** What proxies were seen to be unable to do. */
    ProxyAbilities abilities() {
        return abilities;
    }

    /**
     * Connects to the first of the peer's addresses that answers, of both families (RFC 8305).
     *
     * @param hosts knows the peer's addresses
     * @param outbound for messages
     * @param tried an address that is not tried again, or null
     * @throws DialException what was the matter with the best one
     */
    Connected connect(
            Peer peer, Hosts hosts, String outbound, Exit exit, Deadline deadline, @Nullable InetAddress tried)
            throws DialException {
        var candidates = new AddressCandidates(peer, hosts, outbound, deadline, tried);
        var race = new Race<InetAddress, Connected>(
                parking,
                ATTEMPT_DELAY,
                (address, limit) -> connect(new InetEndpoint(address, peer.port()), outbound, exit, limit),
                failure -> failure.reason() != FlowEnd.STOPPED && failure.reason() != FlowEnd.LIMIT,
                late -> late.socket().close());
        var connected = race.run(candidates, outbound, deadline);
        hosts.answered(peer, connected.to().address());
        return connected;
    }

    private Connected connect(InetEndpoint to, String outbound, Exit exit, Deadline deadline) throws DialException {
        if (guard.refuses(to)) {
            throw new DialException(FlowEnd.LOOP, "outbound " + outbound + ": " + to + " is this engine itself");
        }
        var traits = exit.traits(to.address());
        if (traits == null) {
            throw new DialException(FlowEnd.UNREACHABLE, exit.refusal(to.address()));
        }
        try {
            return new Connected(parking.connect(OutsideSockets.tcp(to, traits), to, deadline), to);
        } catch (IOException e) {
            throw Failures.of(outbound, "connect to " + to, e);
        }
    }
}

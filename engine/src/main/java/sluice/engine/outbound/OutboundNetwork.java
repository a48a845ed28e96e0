// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import sluice.dns.Network;
import sluice.engine.flow.FlowEnd;
import sluice.engine.flow.Owner;
import sluice.engine.park.Deadline;
import sluice.engine.park.ParkedDatagrams;
import sluice.engine.park.Parking;
import sluice.linux.InetEndpoint;
import sluice.rules.Endpoint;

/** The way out for DNS itself: the outbounds, as they stand at each call. */
final class OutboundNetwork implements Network {
    private final Parking parking;
    private final Connector connector;
    private final Supplier<Outlets> outlets;
    private final Map<Optional<Path>, TlsTrust> trusts = new ConcurrentHashMap<>();

    OutboundNetwork(Connector connector, Supplier<Outlets> outlets) {
        this.parking = connector.parking();
        this.connector = connector;
        this.outlets = outlets;
    }

    /** Has files of certificates be read anew. */
    void forgetTrust() {
        trusts.clear();
    }

    @Override
    public Thread start(String name, Runnable task) {
        return parking.start(name, task);
    }

    @Override
    public Stream connect(String outbound, Endpoint server, @Nullable Tls tls, Duration timeout) throws IOException {
        var deadline = Deadline.in(timeout);
        // Names by the machine's resolver: ours would have to ask the very server that is looked for.
        var link = chain(outbound, server).open(Peer.of(server), connector.lookup(), () -> Owner.UNKNOWN, deadline);
        if (tls == null) {
            return new LinkStream(link, "");
        }
        boolean secured = false;
        try {
            var engine = trust(tls).engine(server, tls.protocols());
            var over = TlsLink.connect(link, engine, parking.buffers(), deadline);
            secured = true;
            return new LinkStream(over, over.protocol());
        } catch (IOException e) {
            throw Failures.of(outbound, "speak TLS with " + server, e);
        } finally {
            if (!secured) {
                link.close();
            }
        }
    }

    private TlsTrust trust(Tls tls) throws IOException {
        var known = trusts.get(tls.ca());
        if (known == null) {
            known = TlsTrust.of("the name server " + tls.name(), tls.ca(), Optional.empty());
            trusts.put(tls.ca(), known);
        }
        return new TlsTrust(known.context(), Optional.of(tls.name()));
    }

    private Chain chain(String outbound, Endpoint server) throws DialException {
        var resolved = outlets.get().resolve(outbound, server.host());
        var chain = resolved.chain();
        if (chain == null) {
            throw new DialException(FlowEnd.BLOCKED, resolved.refusal());
        }
        return chain;
    }

    @Override
    public Datagrams datagrams(String outbound, Endpoint server, Duration timeout) throws IOException {
        var chain = chain(outbound, server);
        var address = Peer.of(server).address();
        if (address == null) {
            throw new IllegalArgumentException("the name server " + server + " is not given by its address");
        }
        var to = new InetEndpoint(address, server.port());
        var refusal = chain.refusalOfUdp();
        if (!refusal.isEmpty()) {
            throw new DialException(FlowEnd.UNREACHABLE, refusal);
        }
        return chain.proxies().isEmpty() ? plain(chain, to) : associated(chain, to, timeout);
    }

    private Datagrams plain(Chain chain, InetEndpoint to) throws IOException {
        if (connector.guard().refuses(to)) {
            throw new DialException(FlowEnd.LOOP, to + " is this engine itself");
        }
        var traits = chain.exit().traits(to.address());
        if (traits == null) {
            throw new DialException(FlowEnd.UNREACHABLE, chain.exit().refusal(to.address()));
        }
        return new PlainDatagrams(connected(to, traits));
    }

    private Datagrams associated(Chain chain, InetEndpoint to, Duration timeout) throws IOException {
        var association = chain.associate(timeout);
        boolean open = false;
        try {
            var socket = connected(association.relay(), association.traits());
            association.onEnd(socket::close);
            open = true;
            return new AssociatedDatagrams(association, socket, to);
        } finally {
            if (!open) {
                association.close();
            }
        }
    }

    /** The kernel chooses the port when it is connected, at random (udp_lib_get_port in net/ipv4/udp.c). */
    private ParkedDatagrams connected(InetEndpoint to, SocketTraits traits) throws IOException {
        var socket = OutsideSockets.udp(to.family(), traits);
        boolean adopted = false;
        try {
            socket.nonBlocking(true);
            socket.connect(to);
            var parked = parking.adopt(socket);
            adopted = true;
            return parked;
        } finally {
            if (!adopted) {
                socket.close();
            }
        }
    }

    @Override
    public boolean carriesUdp(String outbound) {
        var chain = outlets.get().resolve(outbound, "").chain();
        return chain != null && chain.refusalOfUdp().isEmpty();
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import sluice.engine.flow.Destination;
import sluice.engine.flow.Flow;
import sluice.engine.flow.FlowAsker;
import sluice.engine.flow.FlowEnd;
import sluice.engine.flow.Owner;
import sluice.engine.park.Deadline;
import sluice.engine.park.ParkedSocket;
import sluice.linux.InetEndpoint;
import sluice.linux.SocketConstants;
import sluice.linux.SystemCallException;
import sluice.rules.Outbound;

/**
 * A way as it stands for one flow: the groups' choices are made. Immutable.
 *
 * @param outbounds names, as {@link Way} has them
 * @param proxies from the one that our socket is connected to, to the one that connects to the destination; maybe none
 * @param exit how the socket leaves
 * @param failed hears what went wrong with the outbound itself
 */
record Chain(
        List<String> outbounds, List<Proxy> proxies, Exit exit, Connector connector, Consumer<DialException> failed)
        implements TcpDialer, UdpDialer, UdpLookup {
    private static final int SECONDS_UNTIL_PROBED = 60;
    private static final int SECONDS_BETWEEN_PROBES = 20;

    Way wayOfTcp(Destination destination) {
        return proxies.isEmpty() && !destination.isMadeUp()
                ? exit.way(outbounds, destination.endpoint())
                : new Way.Negotiated(outbounds, this);
    }

    Way wayOfUdp(Destination destination) {
        var reason = refusalOfUdp();
        if (!reason.isEmpty()) {
            return new Way.Refused(outbounds, FlowEnd.UNREACHABLE, reason);
        }
        boolean tells = !proxies.isEmpty() && proxies.getLast().names() == Outbound.Names.REMOTE;
        return destination.isMadeUp() && !tells
                ? new Way.Unresolved(outbounds, this, this::wayOfUdp)
                : wayOfUdp(destination.endpoint());
    }

    private Way wayOfUdp(InetEndpoint to) {
        if (connector.guard().refuses(to)) {
            return new Way.Refused(outbounds, FlowEnd.LOOP, to + " is this engine itself");
        }
        return proxies.isEmpty() ? exit.way(outbounds, to) : new Way.Associated(outbounds, this);
    }

    @Override
    public InetEndpoint lookUp(Flow flow, Duration timeout) throws DialException {
        var peer = Peer.of(flow.destination());
        var found = connector.hosts(new FlowAsker(flow)).addresses(peer, outbounds.getLast(), Deadline.in(timeout));
        for (var address : found) {
            var to = new InetEndpoint(address, peer.port());
            if (found.size() == 1 || !proxies.isEmpty() || canLeave(to)) {
                return to;
            }
        }
        return new InetEndpoint(found.getFirst(), peer.port());
    }

    /** Whether this machine has a route there: a name with addresses of both families is no use for the one that has none. */
    private boolean canLeave(InetEndpoint to) {
        var traits = exit.traits(to.address());
        if (traits == null) {
            return false;
        }
        try (var socket = OutsideSockets.udp(to.family(), traits)) {
            socket.connect(to);
            return true;
        } catch (SystemCallException _) {
            return false;
        }
    }

    @Override
    public Upstream dial(Flow flow, Duration timeout) throws DialException {
        var hosts = connector.hosts(new FlowAsker(flow));
        var link = open(Peer.of(flow.destination()), hosts, flow::owner, Deadline.in(timeout));
        try {
            return link.upstream();
        } catch (IOException e) {
            link.close();
            throw Failures.of(outbounds.getLast(), "hand over the connection", e);
        }
    }

    /**
     * Connects through all of it.
     *
     * @param hosts knows where {@code to} is
     */
    Link open(Peer to, Hosts hosts, Supplier<Owner> owner, Deadline deadline) throws DialException {
        try {
            return proxies.isEmpty() ? plain(to, hosts, deadline) : negotiated(to, hosts, owner, deadline);
        } catch (DialException e) {
            if (!e.isAtDestination() && e.reason() != FlowEnd.STOPPED && e.reason() != FlowEnd.LIMIT) {
                failed.accept(e);
            }
            throw e;
        }
    }

    private Link plain(Peer to, Hosts hosts, Deadline deadline) throws DialException {
        return new SocketLink(
                connector.connect(to, hosts, exit.outbound(), exit, deadline).socket());
    }

    private Link negotiated(Peer to, Hosts hosts, Supplier<Owner> owner, Deadline deadline) throws DialException {
        var socket = nearest(deadline).socket();
        boolean open = false;
        try {
            Link link = new SocketLink(socket);
            for (int i = 0; i < proxies.size(); i++) {
                var proxy = proxies.get(i);
                boolean last = i == proxies.size() - 1;
                var next = last
                        ? told(proxy, to, hosts, deadline)
                        : told(proxy, Peer.of(proxies.get(i + 1).server()), connector.lookup(), deadline);
                link = step(link, proxy, next, owner, deadline, last);
            }
            open = true;
            return link;
        } finally {
            if (!open) {
                socket.close();
            }
        }
    }

    private Connector.Connected nearest(Deadline deadline) throws DialException {
        var proxy = proxies.getFirst();
        return connector.connect(Peer.of(proxy.server()), connector.lookup(), proxy.name(), exit, deadline);
    }

    private static Peer told(Proxy proxy, Peer peer, Hosts hosts, Deadline deadline) throws DialException {
        return peer.name() != null && proxy.names() == Outbound.Names.LOCAL
                ? peer.at(hosts.addresses(peer, proxy.name(), deadline).getFirst())
                : peer;
    }

    private static Link step(Link carrier, Proxy proxy, Peer to, Supplier<Owner> owner, Deadline deadline, boolean last)
            throws DialException {
        try {
            return proxy.open(carrier, to, owner, deadline);
        } catch (IOException e) {
            var failure = Failures.of(proxy.name(), "negotiate with " + proxy.server(), e);
            // The destination of a proxy in the middle is the next one: part of this chain.
            throw last ? failure : new DialException(failure.reason(), String.valueOf(failure.getMessage()));
        }
    }

    /** Why datagrams cannot pass; empty when they can. */
    String refusalOfUdp() {
        for (var proxy : proxies) {
            if (proxy instanceof HttpProxy) {
                return "outbound " + proxy.name() + " is an HTTP proxy, which carries no UDP";
            }
            if (proxy instanceof Socks5Proxy(Outbound.Socks5 socks) && !socks.udp()) {
                return "outbound " + proxy.name() + " carries no UDP: it has no udp: true";
            }
        }
        return proxies.size() < 2
                ? ""
                : "outbound " + proxies.getLast().name() + " carries no UDP: it is reached through "
                        + proxies.getFirst().name();
    }

    @Override
    public UdpAssociation associate(Duration timeout) throws DialException {
        var deadline = Deadline.in(timeout);
        var proxy = (Socks5Proxy) proxies.getFirst();
        try {
            var connected = nearest(deadline);
            return associated(proxy, connected.socket(), connected.to(), deadline);
        } catch (DialException e) {
            if (e.reason() != FlowEnd.STOPPED && e.reason() != FlowEnd.LIMIT) {
                failed.accept(e);
            }
            throw e;
        }
    }

    private UdpAssociation associated(Socks5Proxy proxy, ParkedSocket control, InetEndpoint server, Deadline deadline)
            throws DialException {
        boolean open = false;
        try {
            keepAlive(control);
            var relay = relay(proxy.associate(new SocketLink(control), deadline), proxy, server, deadline);
            var traits = exit.traits(relay.address());
            if (traits == null) {
                throw new DialException(FlowEnd.UNREACHABLE, exit.refusal(relay.address()));
            }
            var association = new SocksAssociation(relay, traits, control, connector.parking());
            open = true;
            return association;
        } catch (IOException e) {
            throw Failures.of(proxy.name(), "ask " + proxy.server() + " for a UDP association", e);
        } finally {
            if (!open) {
                control.close();
            }
        }
    }

    /** Nothing more is said on it, so only probes find out that the proxy's machine is gone. */
    private static void keepAlive(ParkedSocket control) throws IOException {
        control.option(SocketConstants.SOL_SOCKET, SocketConstants.SO_KEEPALIVE, 1);
        control.option(SocketConstants.IPPROTO_TCP, SocketConstants.TCP_KEEPIDLE, SECONDS_UNTIL_PROBED);
        control.option(SocketConstants.IPPROTO_TCP, SocketConstants.TCP_KEEPINTVL, SECONDS_BETWEEN_PROBES);
    }

    private InetEndpoint relay(Peer said, Socks5Proxy proxy, InetEndpoint server, Deadline deadline)
            throws DialException {
        if (said.port() == 0) {
            throw new DialException(
                    FlowEnd.PROXY_FAILED, "outbound " + proxy.name() + ": the proxy's UDP relay has no port");
        }
        InetAddress address =
                connector.lookup().addresses(said, proxy.name(), deadline).getFirst();
        // All zeros is the proxy's own address; so is loopback, which proxies behind NAT say, unless the proxy is here.
        boolean own = address.isAnyLocalAddress()
                || (address.isLoopbackAddress() && !server.address().isLoopbackAddress());
        var relay = own ? server.withPort(said.port()) : new InetEndpoint(address, said.port());
        if (relay.address().isMulticastAddress() || connector.guard().refuses(relay)) {
            throw new DialException(
                    relay.address().isMulticastAddress() ? FlowEnd.PROXY_FAILED : FlowEnd.LOOP,
                    "outbound " + proxy.name() + ": the proxy's UDP relay cannot be " + relay);
        }
        return relay;
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import java.io.IOException;
import java.net.Inet4Address;
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
import sluice.engine.outbound.ProxyAbilities.Kind;
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
        if (!proxies.isEmpty() || destination.isMadeUp()) {
            return new Way.Negotiated(outbounds, this);
        }
        var way = exit.way(outbounds, destination.endpoint());
        if (Peer.of(destination).name() == null) {
            return way;
        }
        // An address that our DNS gave for a name has others, maybe of the other family.
        return way instanceof Way.Plain plain
                ? plain.with(this::dialOthers)
                : new Way.Negotiated(outbounds, this::dialOthers);
    }

    Way wayOfUdp(Destination destination) {
        var reason = refusalOfUdp();
        if (!reason.isEmpty()) {
            return new Way.Refused(outbounds, FlowEnd.UNREACHABLE, reason);
        }
        boolean tells = !proxies.isEmpty() && proxies.getLast().names() == Outbound.Names.REMOTE;
        boolean unresolved = destination.isMadeUp() ? !tells : isOutOfReach(destination);
        return unresolved ? new Way.Unresolved(outbounds, this, this::wayOfUdp) : wayOfUdp(destination.endpoint());
    }

    /** Whether another address of the same host is better, because the proxy does not reach the one that the application uses. */
    private boolean isOutOfReach(Destination destination) {
        var peer = Peer.of(destination);
        return peer.name() != null && peer.address() != null && lacks(peer.address());
    }

    private boolean lacks(InetAddress address) {
        return !proxies.isEmpty() && connector.abilities().lacks(proxies.getLast(), Kind.of(address));
    }

    private Way wayOfUdp(InetEndpoint to) {
        if (connector.guard().refuses(to)) {
            return new Way.Refused(outbounds, FlowEnd.LOOP, to + " is this engine itself");
        }
        return proxies.isEmpty() ? exit.way(outbounds, to) : new Way.Associated(outbounds, this);
    }

    @Override
    public InetEndpoint lookUp(Flow flow, Duration timeout) throws DialException {
        var peer = Peer.of(flow.destination()).withoutAddress();
        var found = connector.hosts(new FlowAsker(flow)).addresses(peer, outbounds.getLast(), Deadline.in(timeout));
        for (var address : found) {
            var to = new InetEndpoint(address, peer.port());
            boolean reached = proxies.isEmpty() ? canLeave(to) : !lacks(address);
            if (found.size() == 1 || reached) {
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

    /** As {@link #dial}, to the other addresses of the flow's host than the one that the application dialled. */
    private Upstream dialOthers(Flow flow, Duration timeout) throws DialException {
        var to = Peer.of(flow.destination());
        var hosts = connector.hosts(new FlowAsker(flow));
        var deadline = Deadline.in(timeout);
        var connected = connector.connect(to.withoutAddress(), hosts, exit.outbound(), exit, deadline, to.address());
        var link = new SocketLink(connected.socket());
        try {
            return link.upstream();
        } catch (IOException e) {
            link.close();
            throw Failures.of(exit.outbound(), "hand over the connection", e);
        }
    }

    /**
     * Connects through all of it.
     *
     * @param hosts knows where {@code to} is
     */
    Link open(Peer to, Hosts hosts, Supplier<Owner> owner, Deadline deadline) throws DialException {
        try {
            return proxies.isEmpty() ? plain(to, hosts, deadline) : path().open(to, hosts, owner, deadline);
        } catch (DialException e) {
            if (!e.isAtDestination() && e.reason() != FlowEnd.STOPPED && e.reason() != FlowEnd.LIMIT) {
                failed.accept(e);
            }
            throw e;
        }
    }

    private ProxyPath path() {
        return new ProxyPath(proxies, exit, connector);
    }

    private Link plain(Peer to, Hosts hosts, Deadline deadline) throws DialException {
        return new SocketLink(connector
                .connect(to, hosts, exit.outbound(), exit, deadline, null)
                .socket());
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
            var connected = path().nearest(deadline);
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

    /** A name that leads nowhere from here, as containers have them, stands for the proxy itself. */
    private InetAddress relayAddress(Peer said, Socks5Proxy proxy, InetEndpoint server, Deadline deadline) {
        try {
            var found = connector.lookup().addresses(said, proxy.name(), deadline);
            return found.stream()
                    .filter(address -> address instanceof Inet4Address == server.isIpv4())
                    .findFirst()
                    .orElse(found.getFirst());
        } catch (DialException _) {
            return server.address();
        }
    }

    private InetEndpoint relay(Peer said, Socks5Proxy proxy, InetEndpoint server, Deadline deadline)
            throws DialException {
        if (said.port() == 0) {
            throw new DialException(
                    FlowEnd.PROXY_FAILED, "outbound " + proxy.name() + ": the proxy's UDP relay has no port");
        }
        InetAddress address = relayAddress(said, proxy, server, deadline);
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

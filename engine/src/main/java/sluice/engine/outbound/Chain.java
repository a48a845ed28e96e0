// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import sluice.engine.flow.Destination;
import sluice.engine.flow.FlowEnd;
import sluice.engine.flow.Owner;
import sluice.engine.park.Deadline;
import sluice.engine.park.ParkedSocket;
import sluice.linux.InetEndpoint;
import sluice.linux.SocketConstants;

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
        implements TcpDialer, UdpDialer {
    private static final int SECONDS_UNTIL_PROBED = 60;
    private static final int SECONDS_BETWEEN_PROBES = 20;

    @Override
    public Upstream dial(Destination destination, Owner owner, Duration timeout) throws DialException {
        var link = open(Peer.of(destination), owner, Deadline.in(timeout));
        try {
            return link.upstream();
        } catch (IOException e) {
            link.close();
            throw Failures.of(outbounds.getLast(), "hand over the connection", e);
        }
    }

    /** Connects through all of it. */
    Link open(Peer to, Owner owner, Deadline deadline) throws DialException {
        try {
            return proxies.isEmpty() ? plain(to, deadline) : negotiated(to, owner, deadline);
        } catch (DialException e) {
            if (!e.isAtDestination() && e.reason() != FlowEnd.STOPPED && e.reason() != FlowEnd.LIMIT) {
                failed.accept(e);
            }
            throw e;
        }
    }

    private Link plain(Peer to, Deadline deadline) throws DialException {
        return new SocketLink(
                connector.connect(to, exit.outbound(), exit, deadline).socket());
    }

    private Link negotiated(Peer to, Owner owner, Deadline deadline) throws DialException {
        var nearest = proxies.getFirst();
        var socket = connector
                .connect(Peer.of(nearest.server()), nearest.name(), exit, deadline)
                .socket();
        boolean open = false;
        try {
            Link link = new SocketLink(socket);
            for (int i = 0; i < proxies.size(); i++) {
                boolean last = i == proxies.size() - 1;
                link = step(
                        link,
                        proxies.get(i),
                        last ? to : Peer.of(proxies.get(i + 1).server()),
                        owner,
                        deadline,
                        last);
            }
            open = true;
            return link;
        } finally {
            if (!open) {
                socket.close();
            }
        }
    }

    private static Link step(Link carrier, Proxy proxy, Peer to, Owner owner, Deadline deadline, boolean last)
            throws DialException {
        try {
            return proxy.open(carrier, to, owner, deadline);
        } catch (IOException e) {
            var failure = Failures.of(proxy.name(), "negotiate with " + proxy.server(), e);
            // The destination of a proxy in the middle is the next one: part of this chain.
            throw last ? failure : new DialException(failure.reason(), String.valueOf(failure.getMessage()));
        }
    }

    @Override
    public UdpAssociation associate(Duration timeout) throws DialException {
        var deadline = Deadline.in(timeout);
        var proxy = (Socks5Proxy) proxies.getFirst();
        try {
            var connected = connector.connect(Peer.of(proxy.server()), proxy.name(), exit, deadline);
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

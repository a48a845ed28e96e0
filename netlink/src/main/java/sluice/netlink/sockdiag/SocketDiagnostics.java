// SPDX-License-Identifier: Apache-2.0
package sluice.netlink.sockdiag;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import sluice.linux.InetEndpoint;
import sluice.netlink.MessageWriter;
import sluice.netlink.NetlinkException;
import sluice.netlink.NetlinkSocket;
import sluice.netlink.Protocol;
import sluice.netlink.Request;

/**
 * Lists and finds sockets of the network namespace in which it was opened, without privilege. Belongs to one thread. Sockets that come
 * and go while it lists may or may not be seen.
 */
public final class SocketDiagnostics implements AutoCloseable {
    private static final int SOCK_DIAG_BY_FAMILY = 20;
    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;
    private static final int IPPROTO_TCP = 6;
    private static final int IPPROTO_UDP = 17;
    private static final int TCP_TIME_WAIT = 6;
    private static final int TCP_LISTEN = 10;
    private static final int ALL_STATES = -1;
    private static final int INET_DIAG_NOCOOKIE = -1;
    private static final int ADDRESS_BYTES = 16;

    private final NetlinkSocket socket;

    private SocketDiagnostics(NetlinkSocket socket) {
        this.socket = socket;
    }

    /** Opens a socket. */
    public static SocketDiagnostics open() throws IOException {
        return new SocketDiagnostics(NetlinkSocket.open(Protocol.SOCK_DIAG));
    }

    /** TCP sockets of both families that listen on a port; on any port with 0. */
    public List<SocketInfo> listeners(int port) throws IOException {
        return both(IPPROTO_TCP, 1 << TCP_LISTEN, port, "list TCP listeners");
    }

    /** TCP sockets of both families, but those in TIME_WAIT. */
    public List<SocketInfo> tcp() throws IOException {
        return both(IPPROTO_TCP, ~(1 << TCP_TIME_WAIT), 0, "list TCP sockets");
    }

    /**
     * The TCP socket on this machine that is connected from {@code local} to {@code remote}: a few microseconds, whatever else is open. One
     * that has ended already may be found without its cgroup.
     */
    public Optional<SocketInfo> tcp(InetEndpoint local, InetEndpoint remote) throws IOException {
        return one(new Exact(IPPROTO_TCP, local, remote));
    }

    /**
     * The UDP socket on this machine that sends from {@code local} to {@code remote}, connected or not: as quick as {@link #tcp}. Where
     * several share the port, the one that would get the answer.
     */
    public Optional<SocketInfo> udp(InetEndpoint local, InetEndpoint remote) throws IOException {
        // udp_dump_one of net/ipv4/udp_diag.c looks for the receiver of a packet from idiag_src to idiag_dst.
        return one(new Exact(IPPROTO_UDP, remote, local));
    }

    private Optional<SocketInfo> one(Exact query) throws IOException {
        try {
            return Optional.of(socket.single(query, (message, into) -> into.add(SocketInfo.decode(message))));
        } catch (NetlinkException.Absent e) {
            return Optional.empty();
        }
    }

    /** UDP sockets of both families that are bound to a port; all of them with 0. */
    public List<SocketInfo> udp(int port) throws IOException {
        return both(IPPROTO_UDP, ALL_STATES, port, "list UDP sockets");
    }

    private List<SocketInfo> both(int protocol, int states, int port, String description) throws IOException {
        var result = new ArrayList<SocketInfo>();
        for (int family : new int[] {AF_INET, AF_INET6}) {
            var query = new Query(family, protocol, states, port, description);
            result.addAll(socket.<SocketInfo>dump(query, (message, into) -> into.add(SocketInfo.decode(message))));
        }
        return result;
    }

    @Override
    public void close() {
        socket.close();
    }

    private record Exact(int protocol, InetEndpoint source, InetEndpoint destination) implements Request {
        @Override
        public int type() {
            return SOCK_DIAG_BY_FAMILY;
        }

        @Override
        public void encode(MessageWriter writer) {
            writer.raw8(source.isIpv4() ? AF_INET : AF_INET6)
                    .raw8(protocol)
                    .raw8(0)
                    .raw8(0)
                    .raw32(ALL_STATES);
            portTo(writer, source.port());
            portTo(writer, destination.port());
            writer.raw(source.address().getAddress(), ADDRESS_BYTES);
            writer.raw(destination.address().getAddress(), ADDRESS_BYTES);
            writer.raw32(Math.max(source.scope(), destination.scope()));
            writer.raw32(INET_DIAG_NOCOOKIE).raw32(INET_DIAG_NOCOOKIE);
        }

        @Override
        public String describe() {
            return "find the socket of the flow " + source + " to " + destination;
        }
    }

    private static void portTo(MessageWriter writer, int port) {
        writer.raw8(port >>> 8).raw8(port);
    }

    private record Query(int family, int protocol, int states, int port, String describe) implements Request {
        @Override
        public int type() {
            return SOCK_DIAG_BY_FAMILY;
        }

        @Override
        public void encode(MessageWriter writer) {
            // struct inet_diag_req_v2: family, protocol, extensions, padding, states, then struct inet_diag_sockid with
            // the ports in network order, addresses, interface and cookie.
            writer.raw8(family).raw8(protocol).raw8(0).raw8(0).raw32(states);
            portTo(writer, port);
            writer.raw16(0);
            for (int i = 0; i < 11; i++) {
                writer.raw32(0);
            }
        }
    }
}

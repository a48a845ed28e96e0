// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import static sluice.linux.Checked.check;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A listening TCP socket that does not block. A transparent one (IP_TRANSPARENT) takes connections to any address that a TPROXY rule
 * hands it, and {@link StreamSocket#local()} of what it accepts is the original destination. One thread accepts; owns its descriptor.
 */
public final class StreamListener implements AutoCloseable {
    // struct tcp_info of linux/tcp.h: eight bytes, then 32-bit numbers, of which tcpi_unacked is the fifth.
    private static final int INFO_UNACKED_AT = 24;
    private static final int INFO_BYTES = 32;

    private static final int FLAGS = SocketConstants.SOCK_CLOEXEC | SocketConstants.SOCK_NONBLOCK;

    private static final int LENGTH_AT = SockAddr.STORAGE_BYTES;

    private final FileDescriptor descriptor;
    private final ByteBuffer peer = DirectMemory.allocate(SockAddr.STORAGE_BYTES + Integer.BYTES);
    private final long peerAddress = DirectMemory.addressOf(peer);

    private StreamListener(FileDescriptor descriptor) {
        this.descriptor = descriptor;
    }

    /**
     * Binds and listens; an IPv6 listener takes IPv6 only.
     *
     * @param at where; port 0 lets the kernel choose
     * @param backlog how many connections may wait; the kernel cuts it to net.core.somaxconn
     * @param transparent whether it serves TPROXY; needs CAP_NET_ADMIN
     */
    public static StreamListener open(InetEndpoint at, int backlog, boolean transparent) throws SystemCallException {
        var name = "TCP listener on " + at;
        var frame = CallFrame.current();
        int fd = SocketCalls.socket(frame, at.family(), SocketConstants.SOCK_STREAM | FLAGS, 0);
        var descriptor = new FileDescriptor(check(fd, "open", name), name);
        try {
            var socket = NativeSocket.of(descriptor);
            socket.option(SocketConstants.SOL_SOCKET, SocketConstants.SO_REUSEADDR, 1);
            if (!at.isIpv4()) {
                socket.option(SocketConstants.IPPROTO_IPV6, SocketConstants.IPV6_V6ONLY, 1);
            }
            if (transparent && at.isIpv4()) {
                socket.option(SocketConstants.IPPROTO_IP, SocketConstants.IP_TRANSPARENT, 1);
            } else if (transparent) {
                socket.option(SocketConstants.IPPROTO_IPV6, SocketConstants.IPV6_TRANSPARENT, 1);
            }
            prepareAccepted(socket);
            socket.bind(at);
            check(StreamCalls.listen(frame, descriptor.number(), backlog), "listen on", name);
            return new StreamListener(descriptor);
        } catch (SystemCallException e) {
            descriptor.close();
            throw e;
        }
    }

    /** Takes over a descriptor that listens already, such as one that systemd kept. */
    public static StreamListener of(FileDescriptor descriptor) throws SystemCallException {
        descriptor.nonBlocking(true);
        prepareAccepted(NativeSocket.of(descriptor));
        return new StreamListener(descriptor);
    }

    /** Accepted connections inherit these, which saves calls for each. */
    private static void prepareAccepted(NativeSocket listener) throws SystemCallException {
        listener.option(SocketConstants.IPPROTO_TCP, SocketConstants.TCP_NODELAY, 1);
        listener.option(SocketConstants.SOL_SOCKET, SocketConstants.SO_OOBINLINE, 1);
    }

    /** The descriptor, for a {@link Poller} and for systemd's store; still owned by this listener. */
    public FileDescriptor descriptor() {
        return descriptor;
    }

    /**
     * Has connections that are accepted from now on send as this algorithm says, whatever the machine's own is (TCP_CONGESTION).
     *
     * @param algorithm such as {@code reno}, which every kernel has
     */
    public void congestionControl(String algorithm) throws SystemCallException {
        var frame = CallFrame.current();
        var bytes = algorithm.getBytes(StandardCharsets.US_ASCII);
        frame.scratch.put(0, bytes);
        check(
                SocketCalls.setsockopt(
                        frame,
                        descriptor.number(),
                        SocketConstants.IPPROTO_TCP,
                        SocketConstants.TCP_CONGESTION,
                        frame.address,
                        bytes.length),
                "set the congestion control to " + algorithm + " of",
                descriptor.name());
    }

    /** Where it listens, with the port that the kernel chose. */
    public InetEndpoint local() throws SystemCallException {
        return (InetEndpoint) NativeSocket.of(descriptor).localAddress();
    }

    /**
     * The next connection, which the caller owns, or null when none waits. Connections that ended while they waited are passed over.
     *
     * @throws LimitReachedException when this process or the machine has too many open files
     */
    public @Nullable StreamSocket accept() throws SystemCallException {
        int fd;
        do {
            peer.putInt(LENGTH_AT, SockAddr.STORAGE_BYTES);
            fd = StreamCalls.accept4(
                    CallFrame.current(), descriptor.number(), peerAddress, peerAddress + LENGTH_AT, FLAGS);
        } while (fd == -Errno.EINTR || fd == -Errno.ECONNABORTED);
        if (fd == -Errno.EAGAIN) {
            return null;
        }
        return new StreamSocket(check(fd, "accept from", descriptor.name()));
    }

    /** How many connections wait to be accepted (TCP_INFO, where a listener has that as tcpi_unacked); 0 when that is not known. */
    public int waiting() {
        var frame = CallFrame.current();
        long length = frame.address + INFO_BYTES;
        frame.scratch.putInt(INFO_BYTES, INFO_BYTES);
        int result = SocketCalls.getsockopt(
                frame,
                descriptor.number(),
                SocketConstants.IPPROTO_TCP,
                SocketConstants.TCP_INFO,
                frame.address,
                length);
        return result < 0 ? 0 : frame.scratch.getInt(INFO_UNACKED_AT);
    }

    /** The other end of the connection that was accepted last. */
    public InetEndpoint peer() {
        return (InetEndpoint) SockAddr.read(peer, peer.getInt(LENGTH_AT));
    }

    @Override
    public void close() {
        descriptor.close();
    }
}

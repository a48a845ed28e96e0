// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import static sluice.linux.Checked.check;
import static sluice.linux.SocketConstants.MSG_NOSIGNAL;
import static sluice.linux.SocketConstants.MSG_TRUNC;
import static sluice.linux.SocketConstants.SOL_SOCKET;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * A datagram or netlink socket with direct buffers and no allocation per message (socket(2), send(2), recv(2)).
 *
 * <p>Blocking until {@link #nonBlocking} says otherwise, close-on-exec always, SIGPIPE never. One thread may send while another
 * receives; two may not receive at once, because {@link #source()} speaks of the last message. Owns its descriptor.
 */
public final class NativeSocket implements AutoCloseable {
    /** What {@link #send} and {@link #receive} return when they would have to wait, or the time ran out. */
    public static final int WOULD_BLOCK = -1;

    private static final int LENGTH_AT = SockAddr.STORAGE_BYTES;

    private final FileDescriptor descriptor;
    private final DirectMemory sending = new DirectMemory();
    private final DirectMemory receiving = new DirectMemory();
    private Address source = NetlinkAddress.KERNEL;

    private NativeSocket(FileDescriptor descriptor) {
        this.descriptor = descriptor;
    }

    /**
     * Opens a socket.
     *
     * @param domain AF_*, {@code type} SOCK_*, {@code protocol} as in socket(2); see {@link SocketConstants}
     * @param name what it is for, in messages
     */
    public static NativeSocket open(int domain, int type, int protocol, String name) throws SystemCallException {
        int fd = SocketCalls.socket(CallFrame.current(), domain, type | SocketConstants.SOCK_CLOEXEC, protocol);
        return new NativeSocket(new FileDescriptor(check(fd, "open", name), name));
    }

    /** Takes over a descriptor that is a socket. */
    public static NativeSocket of(FileDescriptor descriptor) {
        return new NativeSocket(descriptor);
    }

    /** The descriptor, for a {@code Poller}; still owned by this socket. */
    public FileDescriptor descriptor() {
        return descriptor;
    }

    /** bind(2). */
    public void bind(Address address) throws SystemCallException {
        var frame = CallFrame.current();
        int length = SockAddr.write(address, frame.scratch);
        int result = SocketCalls.bind(frame, descriptor.number(), frame.address, length);
        if (result < 0) {
            throw SystemCallException.of("bind", describe(address), -result);
        }
    }

    /** connect(2): fixes the destination of {@link #send(ByteBuffer)} and, for datagrams, whom to hear. */
    public void connect(Address address) throws SystemCallException {
        var frame = CallFrame.current();
        int length = SockAddr.write(address, frame.scratch);
        int result = SocketCalls.connect(frame, descriptor.number(), frame.address, length);
        if (result < 0) {
            throw SystemCallException.of("connect", describe(address), -result);
        }
    }

    /** getsockname(2); for netlink the port id that the kernel chose. */
    public Address localAddress() throws SystemCallException {
        var frame = CallFrame.current();
        long at = frame.address;
        frame.scratch.putInt(LENGTH_AT, SockAddr.STORAGE_BYTES);
        check(
                SocketCalls.getsockname(frame, descriptor.number(), at, at + LENGTH_AT),
                "read the address of",
                descriptor.name());
        return SockAddr.read(frame.scratch, frame.scratch.getInt(LENGTH_AT));
    }

    /**
     * Sends the buffer's remaining bytes as one message to the connected peer, or to the kernel on an unconnected netlink
     * socket. The buffer advances by the result.
     *
     * @param message direct
     * @return bytes sent, or {@link #WOULD_BLOCK}
     */
    public int send(ByteBuffer message) throws SystemCallException {
        return send(CallFrame.current(), message, 0, 0);
    }

    /** As {@link #send(ByteBuffer)}, to the given address. */
    public int send(ByteBuffer message, Address destination) throws SystemCallException {
        var frame = CallFrame.current();
        int length = SockAddr.write(destination, frame.scratch);
        return send(frame, message, frame.address, length);
    }

    private int send(CallFrame frame, ByteBuffer message, long address, int length) throws SystemCallException {
        int fd = descriptor.number();
        long data = sending.address(message);
        long result;
        try {
            do {
                result = SocketCalls.sendto(frame, fd, data, message.remaining(), MSG_NOSIGNAL, address, length);
            } while (result == -Errno.EINTR);
        } finally {
            Reference.reachabilityFence(message);
        }
        if (result == -Errno.EAGAIN) {
            return WOULD_BLOCK;
        }
        int count = (int) check(result, "send to", descriptor.name());
        message.position(message.position() + count);
        return count;
    }

    /**
     * Receives one message, or the next bytes of a stream, into the buffer's remaining room; the buffer advances by what was stored. Then
     * {@link #source()} tells who sent it.
     *
     * @param buffer direct
     * @return the message's full length in bytes, more than there was room for if it was cut off; 0 for an empty one or the
     *     end; {@link #WOULD_BLOCK} when there is none
     * @throws LimitReachedException ENOBUFS: the kernel had to drop messages for this socket
     */
    public int receive(ByteBuffer buffer) throws SystemCallException {
        var frame = CallFrame.current();
        int fd = descriptor.number();
        long data = receiving.address(buffer);
        long name = frame.address;
        int room = buffer.remaining();
        long result;
        try {
            do {
                frame.scratch.putInt(LENGTH_AT, SockAddr.STORAGE_BYTES);
                // As a flag MSG_TRUNC asks for the real length of a datagram instead of the stored one.
                result = SocketCalls.recvfrom(frame, fd, data, room, MSG_TRUNC, name, name + LENGTH_AT);
            } while (result == -Errno.EINTR);
        } finally {
            Reference.reachabilityFence(buffer);
        }
        if (result == -Errno.EAGAIN) {
            return WOULD_BLOCK;
        }
        int length = (int) check(result, "receive from", descriptor.name());
        buffer.position(buffer.position() + Math.min(length, room));
        rememberSource(frame);
        return length;
    }

    private void rememberSource(CallFrame frame) {
        int length = frame.scratch.getInt(LENGTH_AT);
        boolean fromSameNetlinkPort = length == SockAddr.NL_BYTES
                && source instanceof NetlinkAddress last
                && frame.scratch.getInt(SockAddr.NL_PID) == last.portId()
                && frame.scratch.getInt(SockAddr.NL_GROUPS) == last.groups();
        if (!fromSameNetlinkPort) {
            source = SockAddr.read(frame.scratch, length);
        }
    }

    /** The sender of the message that {@link #receive} returned last. */
    public Address source() {
        return source;
    }

    /** setsockopt(2) with an {@code int}. */
    public void option(int level, int name, int value) throws SystemCallException {
        check(setOption(level, name, value), "set option " + level + "/" + name + " of", descriptor.name());
    }

    /** getsockopt(2) with an {@code int}. */
    public int option(int level, int name) throws SystemCallException {
        var frame = CallFrame.current();
        long at = frame.address;
        frame.scratch.putInt(0, 0);
        frame.scratch.putInt(LENGTH_AT, Integer.BYTES);
        check(
                SocketCalls.getsockopt(frame, descriptor.number(), level, name, at, at + LENGTH_AT),
                "read option " + level + "/" + name + " of",
                descriptor.name());
        return frame.scratch.getInt(0);
    }

    /**
     * getsockopt(2) with a structure: the kernel reads the question from the buffer and writes the answer into it.
     *
     * @param structure direct, as long as the kernel expects
     */
    public void option(int level, int name, ByteBuffer structure) throws SystemCallException {
        var frame = CallFrame.current();
        frame.scratch.putInt(LENGTH_AT, structure.capacity());
        try {
            check(
                    SocketCalls.getsockopt(
                            frame,
                            descriptor.number(),
                            level,
                            name,
                            frame.buffers.address(structure),
                            frame.address + LENGTH_AT),
                    "read option " + level + "/" + name + " of",
                    descriptor.name());
        } finally {
            Reference.reachabilityFence(structure);
        }
    }

    /**
     * Asks for a send buffer of this many bytes, beyond net.core.wmem_max where CAP_NET_ADMIN allows it.
     *
     * @return the size in force, which the kernel doubles for its bookkeeping
     */
    public int sendBuffer(int bytes) throws SystemCallException {
        return buffer(SocketConstants.SO_SNDBUFFORCE, SocketConstants.SO_SNDBUF, bytes);
    }

    /** As {@link #sendBuffer}, for what arrives (net.core.rmem_max). */
    public int receiveBuffer(int bytes) throws SystemCallException {
        return buffer(SocketConstants.SO_RCVBUFFORCE, SocketConstants.SO_RCVBUF, bytes);
    }

    /** How many bytes of kernel memory hold what has arrived and was not received (SO_MEMINFO, SK_MEMINFO_RMEM_ALLOC). */
    public long waiting() {
        var frame = CallFrame.current();
        long at = frame.address;
        frame.scratch.putInt(LENGTH_AT, Integer.BYTES);
        int result = SocketCalls.getsockopt(
                frame, descriptor.number(), SOL_SOCKET, SocketConstants.SO_MEMINFO, at, at + LENGTH_AT);
        return result < 0 ? 0 : Integer.toUnsignedLong(frame.scratch.getInt(0));
    }

    private int buffer(int forced, int ordinary, int bytes) throws SystemCallException {
        int result = setOption(SOL_SOCKET, forced, bytes);
        if (result == -Errno.EPERM) {
            result = setOption(SOL_SOCKET, ordinary, bytes);
        }
        check(result, "set the buffer size of", descriptor.name());
        return option(SOL_SOCKET, ordinary);
    }

    private int setOption(int level, int name, int value) {
        var frame = CallFrame.current();
        frame.scratch.putInt(0, value);
        return SocketCalls.setsockopt(frame, descriptor.number(), level, name, frame.address, Integer.BYTES);
    }

    /** Has everything leave and arrive by one interface (SO_BINDTODEVICE). */
    public void bindToDevice(String interfaceName) throws SystemCallException {
        var frame = CallFrame.current();
        var bytes = interfaceName.getBytes(StandardCharsets.UTF_8);
        frame.scratch.put(0, bytes);
        int option = SocketConstants.SO_BINDTODEVICE;
        check(
                SocketCalls.setsockopt(frame, descriptor.number(), SOL_SOCKET, option, frame.address, bytes.length),
                "bind " + descriptor.name() + " to the interface",
                interfaceName);
    }

    /** Whether calls return {@link #WOULD_BLOCK} at once instead of waiting. */
    public void nonBlocking(boolean on) throws SystemCallException {
        descriptor.nonBlocking(on);
    }

    /** How long {@link #receive} waits before it returns {@link #WOULD_BLOCK}; zero waits for ever. Microseconds count. */
    public void receiveTimeout(Duration timeout) throws SystemCallException {
        var frame = CallFrame.current();
        frame.scratch.putLong(0, timeout.toSeconds());
        frame.scratch.putLong(Long.BYTES, timeout.toNanosPart() / 1000);
        check(
                SocketCalls.setsockopt(
                        frame,
                        descriptor.number(),
                        SOL_SOCKET,
                        SocketConstants.SO_RCVTIMEO,
                        frame.address,
                        2 * Long.BYTES),
                "set the timeout of",
                descriptor.name());
    }

    private String describe(Address address) {
        return descriptor.name() + " to " + address;
    }

    @Override
    public void close() {
        descriptor.close();
    }
}

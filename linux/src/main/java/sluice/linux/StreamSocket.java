// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import static sluice.linux.Checked.check;
import static sluice.linux.SocketConstants.SOL_SOCKET;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * A TCP connection that never blocks (tcp(7)): small, because there is one for each side of each flow. One thread uses it at a time; whoever
 * holds it owns the descriptor. SIGPIPE never.
 *
 * <p>What a peer may do at any time – reset, vanish – is a result, not an exception: {@link #read} and {@link #write} answer {@code -errno}.
 */
public final class StreamSocket implements Pollable, AutoCloseable {
    /** What {@link #read}, {@link #peek} and {@link #write} return when they would have to wait. */
    public static final int WOULD_BLOCK = -Errno.EAGAIN;

    private static final int SHUT_WR = 1;
    private static final int LENGTH_AT = SockAddr.STORAGE_BYTES;
    private static final int CLOSED = -1;

    private int fd;

    /** Takes over a connected, non-blocking, close-on-exec descriptor. */
    StreamSocket(int fd) {
        this.fd = fd;
    }

    /**
     * Opens an unconnected socket with TCP_NODELAY.
     *
     * @param family AF_INET or AF_INET6
     * @throws LimitReachedException when this process or the machine has too many open files
     */
    public static StreamSocket open(int family) throws SystemCallException {
        var socket = openPlain(family);
        try {
            socket.noDelay();
            return socket;
        } catch (SystemCallException e) {
            socket.close();
            throw e;
        }
    }

    /** As {@link #open}, without any option: for who counts system calls. Its first write never waits (RFC 896), later ones may. */
    public static StreamSocket openPlain(int family) throws SystemCallException {
        int fd = SocketCalls.socket(
                CallFrame.current(),
                family,
                SocketConstants.SOCK_STREAM | SocketConstants.SOCK_CLOEXEC | SocketConstants.SOCK_NONBLOCK,
                0);
        return new StreamSocket(check(fd, "open", "a TCP socket"));
    }

    /** Sends small segments at once (TCP_NODELAY). */
    public void noDelay() throws SystemCallException {
        option(SocketConstants.IPPROTO_TCP, SocketConstants.TCP_NODELAY, 1);
    }

    /** The descriptor's number, for calls that name it; still owned by this socket. */
    @Override
    public int number() {
        if (fd == CLOSED) {
            throw new IllegalStateException("the connection is closed");
        }
        return fd;
    }

    /** Whether {@link #close()} and {@link #abort()} have not been called. */
    @Override
    public boolean isOpen() {
        return fd != CLOSED;
    }

    /** bind(2), for a source address; port 0 lets the kernel choose. */
    public void bind(InetEndpoint source) throws SystemCallException {
        var frame = CallFrame.current();
        int length = SockAddr.write(source, frame.scratch);
        check(SocketCalls.bind(frame, number(), frame.address, length), "bind", "a TCP socket to " + source);
    }

    /**
     * Begins to connect (connect(2)).
     *
     * @return 0 when connected at once; {@code -EINPROGRESS}: ready for writing, it is decided, see {@link #error()}; else {@code -errno}
     */
    public int connect(InetEndpoint destination) {
        var frame = CallFrame.current();
        int length = SockAddr.write(destination, frame.scratch);
        int result;
        do {
            result = SocketCalls.connect(frame, number(), frame.address, length);
        } while (result == -Errno.EINTR);
        return result;
    }

    /** Takes and clears the pending error (SO_ERROR): a positive error number, or 0. */
    public int error() throws SystemCallException {
        return option(SOL_SOCKET, SocketConstants.SO_ERROR);
    }

    /**
     * Reads what has arrived into the buffer's remaining room; the buffer advances.
     *
     * @param buffer direct
     * @return bytes read; 0 at the end of the stream; {@link #WOULD_BLOCK}; {@code -errno}
     */
    public int read(ByteBuffer buffer) {
        return receive(buffer, SocketConstants.MSG_DONTWAIT);
    }

    /** As {@link #read}, but what was read is there to be read again (MSG_PEEK). */
    public int peek(ByteBuffer buffer) {
        return receive(buffer, SocketConstants.MSG_DONTWAIT | SocketConstants.MSG_PEEK);
    }

    private int receive(ByteBuffer buffer, int flags) {
        var frame = CallFrame.current();
        long address = frame.buffers.address(buffer);
        long result;
        do {
            result = SocketCalls.recvfrom(frame, number(), address, buffer.remaining(), flags, 0, 0);
        } while (result == -Errno.EINTR);
        return advance(buffer, result);
    }

    /**
     * Drops bytes that have been peeked at, without copying them (MSG_TRUNC, tcp(7)).
     *
     * @return bytes dropped; {@code -errno}
     */
    public int discard(int count) {
        var frame = CallFrame.current();
        long result;
        do {
            result = SocketCalls.recvfrom(
                    frame, number(), 0, count, SocketConstants.MSG_DONTWAIT | SocketConstants.MSG_TRUNC, 0, 0);
        } while (result == -Errno.EINTR);
        return (int) result;
    }

    /**
     * Writes some of the buffer's remaining bytes; the buffer advances.
     *
     * @param buffer direct
     * @return bytes written; {@link #WOULD_BLOCK}; {@code -errno}
     */
    public int write(ByteBuffer buffer) {
        var frame = CallFrame.current();
        long address = frame.buffers.address(buffer);
        int flags = SocketConstants.MSG_NOSIGNAL | SocketConstants.MSG_DONTWAIT;
        long result;
        do {
            result = SocketCalls.sendto(frame, number(), address, buffer.remaining(), flags, 0, 0);
        } while (result == -Errno.EINTR);
        return advance(buffer, result);
    }

    private static int advance(ByteBuffer buffer, long result) {
        if (result > 0) {
            buffer.position(buffer.position() + (int) result);
        }
        return (int) result;
    }

    /** Sends FIN after what is written already (shutdown(2)); a connection that is gone has none to send. */
    public void shutdownWrite() {
        var _ = StreamCalls.shutdown(CallFrame.current(), number(), SHUT_WR);
    }

    /** The address of this end; of an accepted transparent connection the original destination. */
    public InetEndpoint local() throws SystemCallException {
        var frame = CallFrame.current();
        long at = frame.address;
        frame.scratch.putInt(LENGTH_AT, SockAddr.STORAGE_BYTES);
        check(
                SocketCalls.getsockname(frame, number(), at, at + LENGTH_AT),
                "read the local address of",
                "a TCP connection");
        return (InetEndpoint) SockAddr.read(frame.scratch, frame.scratch.getInt(LENGTH_AT));
    }

    /** setsockopt(2) with an {@code int}. */
    public void option(int level, int name, int value) throws SystemCallException {
        var frame = CallFrame.current();
        frame.scratch.putInt(0, value);
        int result = SocketCalls.setsockopt(frame, number(), level, name, frame.address, Integer.BYTES);
        // Words only for who needs them: this is called for each flow.
        if (result < 0) {
            throw SystemCallException.of("set option " + level + "/" + name + " of", "a TCP socket", -result);
        }
    }

    /** getsockopt(2) with an {@code int}. */
    public int option(int level, int name) throws SystemCallException {
        var frame = CallFrame.current();
        long at = frame.address;
        frame.scratch.putInt(0, 0).putInt(LENGTH_AT, Integer.BYTES);
        int result = SocketCalls.getsockopt(frame, number(), level, name, at, at + LENGTH_AT);
        if (result < 0) {
            throw SystemCallException.of("read option " + level + "/" + name + " of", "a TCP socket", -result);
        }
        return frame.scratch.getInt(0);
    }

    /** Has everything leave and arrive by one interface (SO_BINDTODEVICE). */
    public void bindToDevice(String interfaceName) throws SystemCallException {
        var frame = CallFrame.current();
        var bytes = interfaceName.getBytes(StandardCharsets.US_ASCII);
        frame.scratch.put(0, bytes);
        check(
                SocketCalls.setsockopt(
                        frame, number(), SOL_SOCKET, SocketConstants.SO_BINDTODEVICE, frame.address, bytes.length),
                "bind a TCP socket to the interface",
                interfaceName);
    }

    /** Closes so that the peer gets RST instead of FIN, and what it has not been sent yet is dropped (SO_LINGER with 0). */
    public void abort() {
        if (fd == CLOSED) {
            return;
        }
        var frame = CallFrame.current();
        frame.scratch.putInt(0, 1).putInt(Integer.BYTES, 0);
        var _ = SocketCalls.setsockopt(
                frame, fd, SOL_SOCKET, SocketConstants.SO_LINGER, frame.address, 2 * Integer.BYTES);
        close();
    }

    @Override
    public void close() {
        if (fd != CLOSED) {
            int number = fd;
            fd = CLOSED;
            var _ = FileCalls.close(CallFrame.current(), number);
        }
    }

    @Override
    public String toString() {
        return "TCP connection (fd " + fd + ")";
    }
}

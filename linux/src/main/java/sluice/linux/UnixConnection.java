// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import static sluice.linux.Checked.check;
import static sluice.linux.SocketConstants.SOL_SOCKET;

import java.nio.ByteBuffer;
import java.time.Duration;

/**
 * One accepted connection of a {@link UnixListener}. Reading and writing block, each for a limited time. One thread uses it;
 * {@link #shutdown()} may be called from another and makes that thread's calls return. Owns its descriptor.
 */
public final class UnixConnection implements AutoCloseable {
    /** What {@link #read} and {@link #write} return when the time ran out. */
    public static final int TIMED_OUT = -1;

    private static final int SO_PEERCRED = 17;
    private static final int SO_RCVTIMEO = 20;
    private static final int SO_SNDTIMEO = 21;
    private static final int SO_PEERPIDFD = 77;
    private static final int SHUT_RDWR = 2;
    private static final int UCRED_BYTES = 12;
    private static final int LENGTH_AT = 16;
    private static final long MINIMUM_MICROS = 1000;

    private final FileDescriptor descriptor;
    private final NativeSocket socket;

    UnixConnection(FileDescriptor descriptor) {
        this.descriptor = descriptor;
        this.socket = NativeSocket.of(descriptor);
    }

    /** Who connected. */
    public PeerCredentials peer() throws SystemCallException {
        var frame = CallFrame.current();
        long at = frame.address;
        frame.scratch.putInt(LENGTH_AT, UCRED_BYTES);
        check(
                SocketCalls.getsockopt(frame, descriptor.number(), SOL_SOCKET, SO_PEERCRED, at, at + LENGTH_AT),
                "read the credentials of the peer of",
                descriptor.name());
        return new PeerCredentials(frame.scratch.getInt(0), frame.scratch.getInt(4), frame.scratch.getInt(8));
    }

    /** The process that connected; the caller closes it. To be asked for at once: kernels before 6.5 let the process be found by its number only. */
    public PeerProcess process() throws SystemCallException {
        int pid = peer().pid();
        var frame = CallFrame.current();
        long at = frame.address;
        frame.scratch.putInt(LENGTH_AT, Integer.BYTES);
        int result = SocketCalls.getsockopt(frame, descriptor.number(), SOL_SOCKET, SO_PEERPIDFD, at, at + LENGTH_AT);
        return switch (-result) {
            case Errno.ENOPROTOOPT -> ProcessByStart.of(pid);
            // Kernels before 6.16 have no pidfd for a process that has been waited for.
            case Errno.ESRCH, Errno.EINVAL -> new ProcessByStart(pid, ProcessByStart.ENDED);
            default -> {
                check(result, "find the process at the other end of", descriptor.name());
                yield new ProcessByDescriptor(pid, new FileDescriptor(frame.scratch.getInt(0), "process " + pid));
            }
        };
    }

    /**
     * Reads what has arrived into the buffer's remaining room.
     *
     * @param buffer direct
     * @param timeout how long to wait for the first byte, at least a millisecond
     * @return bytes read; 0 at the end; {@link #TIMED_OUT}
     */
    public int read(ByteBuffer buffer, Duration timeout) throws SystemCallException {
        limit(SO_RCVTIMEO, timeout);
        return descriptor.read(buffer);
    }

    /**
     * Writes some of the buffer's remaining bytes.
     *
     * @param buffer direct
     * @param timeout how long to wait for room, at least a millisecond
     * @return bytes written; {@link #TIMED_OUT}
     */
    public int write(ByteBuffer buffer, Duration timeout) throws SystemCallException {
        limit(SO_SNDTIMEO, timeout);
        int sent = socket.send(buffer);
        return sent == NativeSocket.WOULD_BLOCK ? TIMED_OUT : sent;
    }

    private void limit(int option, Duration timeout) throws SystemCallException {
        // Zero would wait for ever (socket(7)).
        long micros = Math.max(MINIMUM_MICROS, timeout.toNanos() / 1000);
        var frame = CallFrame.current();
        frame.scratch.putLong(0, micros / 1_000_000);
        frame.scratch.putLong(Long.BYTES, micros % 1_000_000);
        check(
                SocketCalls.setsockopt(frame, descriptor.number(), SOL_SOCKET, option, frame.address, 2 * Long.BYTES),
                "set the timeout of",
                descriptor.name());
    }

    /** Ends both directions, so that a blocked call returns. The connection still has to be closed by its owner. */
    public void shutdown() throws SystemCallException {
        int result = StreamCalls.shutdown(CallFrame.current(), descriptor.number(), SHUT_RDWR);
        if (result != -Errno.ENOTCONN) {
            check(result, "shut down", descriptor.name());
        }
    }

    @Override
    public void close() {
        descriptor.close();
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import static sluice.linux.Checked.check;

import java.nio.ByteBuffer;

/**
 * A pipe between two sockets, through which bytes go without being copied (pipe(7), splice(2)). Never blocks. One thread uses it at a time;
 * owns both descriptors.
 */
public final class Pipe implements AutoCloseable {
    /** What {@link #fill} and {@link #drain} return when they would have to wait. */
    public static final int WOULD_BLOCK = -Errno.EAGAIN;

    private static final int F_SETPIPE_SZ = 1031;
    private static final int F_GETPIPE_SZ = 1032;
    private static final int SPLICE_F_MOVE = 1;
    private static final int SPLICE_F_NONBLOCK = 2;
    private static final int FLAGS = SPLICE_F_MOVE | SPLICE_F_NONBLOCK;

    private final FileDescriptor out;
    private final FileDescriptor in;
    private final int capacity;
    private int held;

    private Pipe(FileDescriptor out, FileDescriptor in, int capacity) {
        this.out = out;
        this.in = in;
        this.capacity = capacity;
    }

    /**
     * Makes a pipe that holds {@code bytes}, or as much as fs.pipe-max-size and fs.pipe-user-pages-soft allow: see {@link #capacity}.
     *
     * @throws LimitReachedException when this process or the machine has too many open files
     */
    public static Pipe open(int bytes) throws SystemCallException {
        var frame = CallFrame.current();
        check(StreamCalls.pipe2(frame, frame.address, OpenFlags.O_NONBLOCK | OpenFlags.O_CLOEXEC), "open", "a pipe");
        var out = new FileDescriptor(frame.scratch.getInt(0), "pipe");
        var in = new FileDescriptor(frame.scratch.getInt(Integer.BYTES), "pipe");
        int capacity = FileCalls.fcntl(frame, in.number(), F_SETPIPE_SZ, bytes);
        if (capacity < 0) {
            // EPERM: above the maximum, or the user's pipes hold too many pages already. Then it stays as it was made.
            capacity = FileCalls.fcntl(frame, in.number(), F_GETPIPE_SZ, 0);
        }
        return new Pipe(out, in, capacity);
    }

    /** Bytes that fit in full pages; less when they arrive in small pieces, since each takes a page's place. */
    public int capacity() {
        return capacity;
    }

    /** Bytes in it. */
    public int held() {
        return held;
    }

    /**
     * Moves bytes from the socket into the pipe.
     *
     * @return bytes moved; 0 at the end of the stream, <em>or at an urgent byte after which that has come</em>; {@link #WOULD_BLOCK} when the
     *     socket has none, <em>the pipe is full, or an urgent byte is next</em>; {@code -errno}
     */
    public int fill(StreamSocket from, int atMost) {
        int moved = splice(from.number(), in.number(), atMost);
        if (moved > 0) {
            held += moved;
        }
        return moved;
    }

    /**
     * Moves bytes from the pipe to the socket.
     *
     * @return bytes moved; {@link #WOULD_BLOCK} when the socket takes none; {@code -errno}
     */
    public int drain(StreamSocket to) {
        int moved = splice(out.number(), to.number(), held);
        if (moved > 0) {
            held -= moved;
        }
        return moved;
    }

    /**
     * Puts the buffer's remaining bytes into the pipe; the buffer advances by what fitted.
     *
     * @param buffer direct
     */
    public void put(ByteBuffer buffer) throws SystemCallException {
        int written = in.write(buffer);
        if (written > 0) {
            held += written;
        }
    }

    private static int splice(int from, int to, int atMost) {
        var frame = CallFrame.current();
        long result;
        do {
            result = StreamCalls.splice(frame, from, to, atMost, FLAGS);
        } while (result == -Errno.EINTR);
        return (int) result;
    }

    @Override
    public void close() {
        out.close();
        in.close();
    }
}

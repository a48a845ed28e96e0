// SPDX-License-Identifier: Apache-2.0
package sluice.engine.park;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import sluice.linux.EdgePoller;
import sluice.linux.InetEndpoint;
import sluice.linux.Poller;
import sluice.linux.StreamSocket;
import sluice.linux.SystemCallException;

/**
 * A TCP connection for threads that wait: one may read while another writes, and any may close, which ends both their waits with a
 * {@link ClosedChannelException}. Owns its socket.
 *
 * <p>Errors of the connection are a {@link SystemCallException}, a deadline that passed is a {@link SocketTimeoutException}.
 */
public final class ParkedSocket implements AutoCloseable {
    private static final int READABLE = Poller.EPOLLIN | Poller.EPOLLRDHUP | Poller.EPOLLHUP | Poller.EPOLLERR;
    private static final int WRITABLE = Poller.EPOLLOUT | Poller.EPOLLHUP | Poller.EPOLLERR;
    private static final int ENDED = 1 << 30;

    private final StreamSocket socket;
    private final EdgePoller poller;
    private final Buffers buffers;
    private final Side reading = new Side();
    private final Side writing = new Side();
    /** Calls under way, and {@link #ENDED}: the descriptor is closed by the last who uses it, so its number is never a stranger's. */
    private final AtomicInteger uses = new AtomicInteger();

    private long key;
    private volatile boolean reset;
    private volatile @Nullable Runnable onReadable;

    /** One direction: whether more may have become possible since it was tried last, and who waits for that. */
    private static final class Side {
        volatile boolean ready;
        volatile @Nullable Thread waiting;

        void wake() {
            ready = true;
            LockSupport.unpark(waiting);
        }
    }

    ParkedSocket(StreamSocket socket, EdgePoller poller, Buffers buffers) {
        this.socket = socket;
        this.poller = poller;
        this.buffers = buffers;
    }

    void watch() throws SystemCallException {
        key = poller.watch(socket, this::ready);
    }

    private void ready(int events) {
        if ((events & READABLE) != 0) {
            reading.wake();
            var action = onReadable;
            if (action != null) {
                action.run();
            }
        }
        if ((events & WRITABLE) != 0) {
            writing.wake();
        }
    }

    /** Runs the action on {@code engine-park}, which it must not hold up, whenever more may have become readable. */
    public void onReadable(Runnable action) {
        onReadable = action;
        if (reading.ready) {
            action.run();
        }
    }

    /** Waits until a connection that has begun stands. */
    void awaitConnected(InetEndpoint to, Deadline deadline) throws IOException {
        await(writing, deadline);
        int error = use(socket::error);
        if (error != 0) {
            throw SystemCallException.of("connect to", to.toString(), error);
        }
    }

    /**
     * Reads what is there into the buffer's remaining room, of which there is some, without waiting.
     *
     * @return bytes read; 0 when there is nothing yet; -1 at the end
     */
    public int tryRead(ByteBuffer into) throws IOException {
        reading.ready = false;
        int result = into.isDirect() ? use(() -> socket.read(into)) : bounced(into);
        if (result > 0) {
            return result;
        }
        return result == 0 ? -1 : checked(result, "read from");
    }

    private int bounced(ByteBuffer into) throws IOException {
        var buffer = buffers.take();
        try {
            buffer.limit(Math.min(buffer.capacity(), into.remaining()));
            int result = use(() -> socket.read(buffer));
            into.put(buffer.flip());
            return result;
        } finally {
            buffers.give(buffer);
        }
    }

    private static int checked(int result, String operation) throws SystemCallException {
        if (result == StreamSocket.WOULD_BLOCK) {
            return 0;
        }
        throw SystemCallException.of(operation, "a TCP connection", -result);
    }

    /** Parks until more may be there than the last {@link #tryRead} found. */
    public void awaitReadable(Deadline deadline) throws IOException {
        await(reading, deadline);
    }

    /** As {@link #tryRead}, but waits for something; never 0. */
    public int read(ByteBuffer into, Deadline deadline) throws IOException {
        while (true) {
            int count = tryRead(into);
            if (count != 0) {
                return count;
            }
            await(reading, deadline);
        }
    }

    /** Writes all remaining bytes. */
    public void write(ByteBuffer from, Deadline deadline) throws IOException {
        while (from.hasRemaining()) {
            writing.ready = false;
            int result = from.isDirect() ? use(() -> socket.write(from)) : bouncedWrite(from);
            if (result < 0 && checked(result, "write to") == 0) {
                await(writing, deadline);
            }
        }
    }

    private int bouncedWrite(ByteBuffer from) throws IOException {
        var buffer = buffers.take();
        try {
            int count = Math.min(buffer.remaining(), from.remaining());
            buffer.put(from.slice(from.position(), count)).flip();
            int result = use(() -> socket.write(buffer));
            from.position(from.position() + Math.max(0, result));
            return result;
        } finally {
            buffers.give(buffer);
        }
    }

    private void await(Side side, Deadline deadline) throws IOException {
        side.waiting = Thread.currentThread();
        try {
            while (!side.ready) {
                if ((uses.get() & ENDED) != 0) {
                    throw new ClosedChannelException();
                }
                long left = deadline.nanosLeft();
                if (left <= 0) {
                    throw new SocketTimeoutException("no answer in time");
                }
                if (Thread.currentThread().isInterrupted()) {
                    throw new InterruptedIOException("interrupted");
                }
                LockSupport.parkNanos(this, left);
            }
        } finally {
            side.waiting = null;
        }
    }

    /** Sends FIN after what is written. */
    public void shutdownWrite() throws IOException {
        use(() -> {
            socket.shutdownWrite();
            return 0;
        });
    }

    /** setsockopt(2) with an {@code int}. */
    public void option(int level, int name, int value) throws IOException {
        use(() -> {
            socket.option(level, name, value);
            return 0;
        });
    }

    /** The address of this end. */
    public InetEndpoint local() throws IOException {
        return use(socket::local);
    }

    private interface Call<T> {
        T run() throws SystemCallException;
    }

    private <T> T use(Call<T> call) throws IOException {
        if ((uses.getAndUpdate(now -> (now & ENDED) != 0 ? now : now + 1) & ENDED) != 0) {
            throw new ClosedChannelException();
        }
        try {
            return call.run();
        } finally {
            if (uses.decrementAndGet() == ENDED) {
                release();
            }
        }
    }

    /**
     * Gives the socket away: the caller owns it, and this is done with. Nobody else uses it at that moment.
     *
     * @throws ClosedChannelException when it is closed
     */
    public StreamSocket detach() throws ClosedChannelException {
        if (!uses.compareAndSet(0, ENDED)) {
            throw new ClosedChannelException();
        }
        poller.forget(key, socket);
        return socket;
    }

    private void release() {
        poller.forget(key, socket);
        if (reset) {
            socket.abort();
        } else {
            socket.close();
        }
    }

    /** Closes so that the peer gets RST. */
    public void abort() {
        reset = true;
        close();
    }

    @Override
    public void close() {
        if (uses.getAndUpdate(now -> now | ENDED) == 0) {
            release();
        }
        LockSupport.unpark(reading.waiting);
        LockSupport.unpark(writing.waiting);
    }
}

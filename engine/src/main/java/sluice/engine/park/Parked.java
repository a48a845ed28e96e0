// SPDX-License-Identifier: Apache-2.0
package sluice.engine.park;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import sluice.linux.EdgePoller;
import sluice.linux.Pollable;
import sluice.linux.Poller;
import sluice.linux.SystemCallException;

/** A socket for threads that wait: what connections and datagram sockets have in common. */
abstract sealed class Parked implements AutoCloseable permits ParkedSocket, ParkedDatagrams {
    private static final int READABLE = Poller.EPOLLIN | Poller.EPOLLRDHUP | Poller.EPOLLHUP | Poller.EPOLLERR;
    private static final int WRITABLE = Poller.EPOLLOUT | Poller.EPOLLHUP | Poller.EPOLLERR;
    private static final int ENDED = 1 << 30;
    private static final int MOVES_IN_A_ROW = 32;

    final Side reading = new Side();
    final Side writing = new Side();
    final Buffers buffers;
    private final EdgePoller poller;
    /** Calls under way, and {@link #ENDED}: the descriptor is closed by the last who uses it, so its number is never a stranger's. */
    private final AtomicInteger uses = new AtomicInteger();

    private long key;
    private volatile @Nullable Runnable onReadable;

    /** One direction: whether more may have become possible since it was tried last, and who waits for that. */
    static final class Side {
        volatile boolean ready;
        private int moves;
        private volatile @Nullable Thread waiting;

        private void wake() {
            ready = true;
            LockSupport.unpark(waiting);
        }
    }

    Parked(EdgePoller poller, Buffers buffers) {
        this.poller = poller;
        this.buffers = buffers;
    }

    /** What is watched. */
    abstract Pollable watched();

    /** Closes the socket. */
    abstract void closeSocket();

    void watch() throws SystemCallException {
        key = poller.watch(watched(), this::ready);
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

    /**
     * Runs the action at once, and on {@code engine-park}, which it must not hold up, whenever more may have become readable: an end that came
     * together with bytes that have been read is not told again.
     */
    public void onReadable(Runnable action) {
        onReadable = action;
        action.run();
    }

    /** Parks until more may be there than the last attempt to read found. */
    public void awaitReadable(Deadline deadline) throws IOException {
        await(reading, deadline);
    }

    /**
     * Something was read or written without waiting: lets others have the processor now and then, which a virtual thread keeps until it parks.
     * Thread.yield() would not do: the thread comes next in its carrier's own queue, before those whom {@code engine-park} woke.
     */
    void moved(Side side) {
        if (++side.moves % MOVES_IN_A_ROW == 0) {
            LockSupport.parkNanos(this, 1);
        }
    }

    void await(Side side, Deadline deadline) throws IOException {
        side.waiting = Thread.currentThread();
        try {
            while (!side.ready) {
                if ((uses.get() & ENDED) != 0) {
                    throw new ClosedChannelException();
                }
                deadline.check();
                LockSupport.parkNanos(this, deadline.nanosLeft());
            }
        } finally {
            side.waiting = null;
        }
    }

    /** Something that uses the socket. */
    interface Call<T> {
        T run() throws SystemCallException;
    }

    <T> T use(Call<T> call) throws IOException {
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

    /** Ends the use of the socket, which stays open; false when it is in use, or closed. */
    boolean giveUp() {
        if (!uses.compareAndSet(0, ENDED)) {
            return false;
        }
        poller.forget(key, watched());
        return true;
    }

    private void release() {
        poller.forget(key, watched());
        closeSocket();
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

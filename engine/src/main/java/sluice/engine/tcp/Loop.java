// SPDX-License-Identifier: Apache-2.0
package sluice.engine.tcp;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sluice.bounds.Bound;
import sluice.engine.loop.LoopThread;
import sluice.linux.Pipe;
import sluice.linux.Poller;
import sluice.linux.SystemCallException;

/**
 * One thread and the relays it runs. Everything here is that thread's, but for {@link #post}, {@link #call} and {@link #stop}.
 *
 * <p>Others' tasks are few: each live flow has at most one under way, so that the limit of flows bounds the queue.
 */
final class Loop implements LoopThread.Turns {
    /** Bytes that one read takes at most, and what a pipe has room for at least. */
    static final int BUFFER_BYTES = 64 << 10;

    static final long NEVER = Long.MAX_VALUE;

    private static final long EPOCH = System.nanoTime();
    private static final long COARSE_NANOS = 20_000_000;
    private static final long MILLI = 1_000_000;

    /** What a read puts its bytes into and a write takes them from, within one turn. */
    final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);

    final Poller poller;

    private final PipePool pipes;
    private final LoopThread thread;
    private final ArrayDeque<Relay> ready = new ArrayDeque<>();
    private final List<Acceptor> acceptors = new ArrayList<>();
    private final ArrayDeque<Acceptor> due = new ArrayDeque<>();
    private @Nullable Relay first;
    private @Nullable Pipe spare;
    private long now;
    private long turns;
    private long nextSweep = NEVER;

    /** Makes a loop that does not run yet. */
    Loop(String name, PipePool pipes) throws SystemCallException {
        this.pipes = pipes;
        this.thread = new LoopThread(name, this);
        this.poller = thread.poller();
    }

    void start() {
        thread.start();
    }

    /** As {@link LoopThread#post}. Any thread. */
    boolean post(Runnable task) {
        return thread.post(task);
    }

    /** As {@link LoopThread#call}. Any other thread. */
    void call(LoopThread.Step step) throws IOException {
        thread.call(step);
    }

    /** Ends every relay and returns when the thread has ended. Any other thread; later calls do nothing. */
    void stop() {
        thread.stop();
    }

    /** Nanoseconds on a clock that all loops share and that began at zero, as of this loop's last waking. */
    long now() {
        return now;
    }

    /** Counts the loop's wakings. */
    long turns() {
        return turns;
    }

    /** Asks for a look at all deadlines at this time at the latest. */
    void wakeBy(long time) {
        nextSweep = Math.min(nextSweep, time);
    }

    /** Lets the relay go on when the others have had their turn. */
    void again(Relay relay) {
        if (!relay.queued) {
            relay.queued = true;
            ready.add(relay);
        }
    }

    void due(Acceptor acceptor) {
        due.add(acceptor);
    }

    void add(Acceptor acceptor) {
        acceptors.add(acceptor);
    }

    void remove(Acceptor acceptor) {
        acceptors.remove(acceptor);
        due.remove(acceptor);
    }

    void add(Relay relay) {
        var second = first;
        relay.next = second;
        relay.previous = null;
        if (second != null) {
            second.previous = relay;
        }
        first = relay;
    }

    void remove(Relay relay) {
        var before = relay.previous;
        var after = relay.next;
        if (before != null) {
            before.next = after;
        } else {
            first = after;
        }
        if (after != null) {
            after.previous = before;
        }
        relay.previous = null;
        relay.next = null;
        if (relay.queued) {
            relay.queued = false;
            ready.remove(relay);
        }
    }

    /** How many relays it runs. */
    int relays() {
        int count = 0;
        for (var relay = first; relay != null; relay = relay.next) {
            count++;
        }
        return count;
    }

    /** Makes sure that {@link #takeSpare} has a pipe to give: before bytes are read that may find no room. */
    boolean hasSpare() {
        if (spare == null) {
            spare = pipes.take();
        }
        return spare != null;
    }

    /** How many pipes flows hold. */
    Bound heldPipes() {
        return pipes.held();
    }

    /** An empty pipe, or null. */
    @Nullable
    Pipe takeSpare() {
        var taken = hasSpare() ? spare : null;
        spare = null;
        return taken;
    }

    void give(Pipe pipe) {
        if (spare == null && pipe.held() == 0) {
            spare = pipe;
        } else {
            pipes.give(pipe);
        }
    }

    @Override
    public int patience() {
        if (!ready.isEmpty() || !due.isEmpty()) {
            return 0;
        }
        if (nextSweep == NEVER) {
            return -1;
        }
        long nanos = nextSweep - (System.nanoTime() - EPOCH);
        return Math.clamp(Math.ceilDiv(nanos, MILLI), 0, Integer.MAX_VALUE);
    }

    @Override
    public void woken(long nanos) {
        now = nanos - EPOCH;
        turns++;
    }

    @Override
    public void turn() {
        runReady();
        accept();
        if (now >= nextSweep) {
            sweep();
        }
    }

    @Override
    public void end() {
        List.copyOf(acceptors).forEach(Acceptor::stop);
        while (first != null) {
            first.stop();
        }
        if (spare != null) {
            pipes.give(spare);
            spare = null;
        }
    }

    private void runReady() {
        for (int left = ready.size(); left > 0 && !ready.isEmpty(); left--) {
            var relay = ready.remove();
            relay.queued = false;
            try {
                var _ = relay.proceed();
            } catch (RuntimeException e) {
                relay.failed(e);
            }
        }
    }

    private void accept() {
        for (int left = due.size(); left > 0; left--) {
            due.remove().accept();
        }
    }

    private void sweep() {
        nextSweep = NEVER;
        for (var relay = first; relay != null; ) {
            var following = relay.next;
            try {
                wakeBy(relay.check(now));
            } catch (RuntimeException e) {
                relay.failed(e);
            }
            relay = following;
        }
        for (var acceptor : acceptors) {
            wakeBy(acceptor.check(now));
        }
        // Coarse on purpose: one look serves all whose time is nearly up.
        nextSweep = Math.max(nextSweep, now + COARSE_NANOS);
    }
}

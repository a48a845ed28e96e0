// SPDX-License-Identifier: Apache-2.0
package sluice.engine.tcp;

import org.jspecify.annotations.Nullable;
import sluice.bounds.Bound;
import sluice.engine.flow.FlowLedger;
import sluice.linux.Errno;
import sluice.linux.LimitReachedException;
import sluice.linux.Poller;
import sluice.linux.StreamListener;
import sluice.linux.StreamSocket;
import sluice.linux.SystemCallException;
import sluice.linux.Timer;

/**
 * Takes connections from one listener, a few at a time, so that those that run are not kept waiting. Where many wait in the listener's queue, it takes
 * more of them, and the applications' shares take turns. The loop's thread only.
 */
final class Acceptor {
    private static final int AT_ONCE = 32;
    /** From so many in the listener's queue on, the shares take turns. */
    private static final int CROWDED = 256;

    private static final int CROWD_AT_ONCE = 256;
    private static final long PAUSE_NANOS = 100_000_000;

    private final Loop loop;
    private final StreamListener listener;
    private final Arrivals arrivals;
    private final FlowLedger ledger;
    private final Crowd<Arrival> crowd;
    private final Poller.Registration registration;
    /** A descriptor that is given up for an instant to tell a client "no" when there is none left. */
    private @Nullable Timer reserve;

    private boolean waiting;
    /** How many to take: as long as they come one by one, asking for a second one is a call in vain. */
    private int goal = 1;

    private long servedTurn;
    private long pausedUntil;

    /** What becomes of a connection. */
    interface Arrivals {
        /** The connection is the callee's; null when it was refused. */
        @Nullable
        Arrival arrived(StreamSocket socket, StreamListener from);
    }

    /**
     * Begins to accept.
     *
     * @param waiting how many connections may wait to become flows, beside the listener's queue
     */
    Acceptor(Loop loop, StreamListener listener, Arrivals arrivals, FlowLedger ledger, Bound waiting)
            throws SystemCallException {
        this.loop = loop;
        this.listener = listener;
        this.arrivals = arrivals;
        this.ledger = ledger;
        this.crowd = new Crowd<>(waiting);
        // What says that no descriptor is left has to be loaded before that, since loading may need one.
        var _ = SystemCallException.of("accept from", "a listener", Errno.EMFILE);
        var held = Timer.open("reserved descriptor");
        try {
            this.registration = loop.poller.register(listener.descriptor(), Poller.EPOLLIN, _ -> ready());
        } catch (SystemCallException e) {
            held.close();
            throw e;
        }
        this.reserve = held;
        loop.add(this);
    }

    /** Last in the batch: what is there goes before what is new. */
    private void ready() {
        if (!waiting) {
            waiting = true;
            loop.due(this);
        }
    }

    void accept() {
        waiting = false;
        // Reported again at once: more waited than were taken.
        goal = loop.turns() == servedTurn + 1 ? Math.min(2 * goal, AT_ONCE) : 1;
        servedTurn = loop.turns();
        boolean crowded = !crowd.isEmpty() || (goal == AT_ONCE && listener.waiting() >= CROWDED);
        take(crowded);
        for (int i = 0; i < AT_ONCE && !crowd.isEmpty(); i++) {
            var next = crowd.next();
            if (next != null) {
                next.begin();
            }
        }
        if (!crowd.isEmpty()) {
            ready();
        }
    }

    private void take(boolean crowded) {
        int count = crowded ? CROWD_AT_ONCE : goal;
        for (int i = 0; i < count; i++) {
            StreamSocket socket;
            try {
                socket = listener.accept();
            } catch (LimitReachedException _) {
                socket = refuse();
                if (socket == null) {
                    return;
                }
                continue;
            } catch (SystemCallException _) {
                // accept(2): errors of the network that came with the connection; the next one may be well.
                pause();
                return;
            }
            if (socket == null) {
                return;
            }
            arrived(socket, crowded);
        }
    }

    private void arrived(StreamSocket socket, boolean crowded) {
        var arrival = arrivals.arrived(socket, listener);
        if (arrival == null) {
            return;
        }
        if (!crowded) {
            arrival.begin();
        } else if (!crowd.add(arrival)) {
            ledger.refusedInCrowd();
            socket.abort();
        }
    }

    /** Resets the next client; null when there is none, or not even that works. */
    private @Nullable StreamSocket refuse() {
        if (reserve != null) {
            reserve.close();
            reserve = null;
        }
        StreamSocket socket = null;
        try {
            socket = listener.accept();
            if (socket != null) {
                socket.abort();
                ledger.refusedForDescriptors();
            }
            reserve = Timer.open("reserved descriptor");
        } catch (SystemCallException _) {
            // Another thread was faster, or the machine itself has none left.
            socket = null;
            pause();
        }
        return socket;
    }

    private void pause() {
        pausedUntil = loop.now() + PAUSE_NANOS;
        loop.wakeBy(pausedUntil);
        listen(0);
    }

    /** Resumes when its pause is over, and says when to ask again. */
    long check(long now) {
        if (pausedUntil == 0) {
            return Loop.NEVER;
        }
        if (now < pausedUntil) {
            return pausedUntil;
        }
        pausedUntil = 0;
        if (reserve == null) {
            try {
                reserve = Timer.open("reserved descriptor");
            } catch (SystemCallException _) {
                // Goes on without; the next refusal fails and pauses again.
            }
        }
        listen(Poller.EPOLLIN);
        return Loop.NEVER;
    }

    private void listen(int events) {
        try {
            registration.events(events);
        } catch (SystemCallException e) {
            throw new IllegalStateException("change what a registered listener waits for", e);
        }
    }

    /** Accepts no more and resets those that were accepted and wait; the listener stays open, and with it those in its queue. */
    void stop() {
        registration.close();
        loop.remove(this);
        for (var arrival = crowd.next(); arrival != null; arrival = crowd.next()) {
            arrival.socket.abort();
        }
        if (reserve != null) {
            reserve.close();
            reserve = null;
        }
    }
}

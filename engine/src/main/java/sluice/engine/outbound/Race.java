// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import sluice.engine.flow.FlowEnd;
import sluice.engine.park.Deadline;
import sluice.engine.park.Parking;

/**
 * Tries several ways to one end: the next one begins when one has failed, or when the ones before have had some time (RFC 8305, section 5). The
 * first that works is taken, and the others are given up. For virtual threads.
 *
 * @param delay how long an attempt is alone
 * @param attempt one try, on a virtual thread of its own where there are several; interrupted when it is given up
 * @param again whether another candidate may do better after a failure
 * @param unwanted gets what works too late
 */
record Race<C, T>(
        Parking parking, Duration delay, Attempt<C, T> attempt, Predicate<DialException> again, Consumer<T> unwanted) {
    /** Attempts at once, each of which may hold a descriptor. */
    private static final int MAX_AT_ONCE = 4;
    /** An attempt gets no more while candidates wait that cannot be tried beside it. */
    private static final Duration MAX_ATTEMPT = Duration.ofSeconds(3);

    private static final long LAST_WORDS_NANOS = 1_000_000_000L;

    /** One try. */
    interface Attempt<C, T> {
        T run(C candidate, Deadline deadline) throws DialException;
    }

    /** What is to be tried, the best first. The caller's thread only. */
    interface Candidates<C> {
        /** The next one, which may have to be found first; null when there is none. */
        @Nullable
        C next();

        /** How many are left at least, without looking for more. */
        int known();

        /** Whether the one that {@link #next} gave is certain to be the only one. */
        boolean isOnly();
    }

    private record Outcome<T>(@Nullable T made, @Nullable DialException failure) {}

    /**
     * Tries them.
     *
     * @param outbound for messages
     * @throws DialException why the first one failed, when all have, or what was the matter when another try was no use
     */
    T run(Candidates<C> candidates, String outbound, Deadline deadline) throws DialException {
        var first = candidates.next();
        if (first == null) {
            throw new DialException(FlowEnd.UNREACHABLE, "outbound " + outbound + ": no address is left to try");
        }
        return candidates.isOnly()
                ? attempt.run(first, deadline)
                : new Running(candidates, outbound, deadline).run(first);
    }

    /** One race; its caller's thread, but for {@link #finished}. */
    private final class Running {
        private final Candidates<C> candidates;
        private final String outbound;
        private final Deadline deadline;
        private final BlockingQueue<Outcome<T>> outcomes = new LinkedBlockingQueue<>();
        private final List<Thread> threads = new ArrayList<>();
        private boolean over;
        private int open;
        private long begun;
        private @Nullable DialException failure;

        Running(Candidates<C> candidates, String outbound, Deadline deadline) {
            this.candidates = candidates;
            this.outbound = outbound;
            this.deadline = deadline;
        }

        T run(C first) throws DialException {
            try {
                begin(first);
                boolean more = true;
                while (true) {
                    boolean next = more && open < MAX_AT_ONCE;
                    var outcome = await(next ? begun + delay.toNanos() - System.nanoTime() : Long.MAX_VALUE);
                    if (outcome != null && outcome.made != null) {
                        return outcome.made;
                    }
                    if (outcome != null && outcome.failure != null) {
                        open--;
                        failure = failure == null ? outcome.failure : failure;
                        more &= again.test(outcome.failure);
                    }
                    more = more && beginNext();
                    if (open == 0 && failure != null) {
                        throw failure;
                    }
                }
            } finally {
                end();
            }
        }

        private boolean beginNext() {
            if (open >= MAX_AT_ONCE) {
                return true;
            }
            var candidate = candidates.next();
            if (candidate != null) {
                begin(candidate);
            }
            return candidate != null;
        }

        private void begin(C candidate) {
            open++;
            begun = System.nanoTime();
            boolean crowded = candidates.known() > MAX_AT_ONCE - open;
            var limit = crowded ? deadline.within(MAX_ATTEMPT) : deadline;
            threads.add(parking.start("engine-race", () -> finished(outcome(candidate, limit))));
        }

        private Outcome<T> outcome(C candidate, Deadline limit) {
            try {
                return new Outcome<>(attempt.run(candidate, limit), null);
            } catch (DialException e) {
                return new Outcome<>(null, e);
            } catch (RuntimeException e) {
                return new Outcome<>(null, new DialException(FlowEnd.STOPPED, "internal error: " + e));
            }
        }

        private void finished(Outcome<T> outcome) {
            synchronized (this) {
                if (!over) {
                    outcomes.add(outcome);
                    return;
                }
            }
            if (outcome.made != null) {
                unwanted.accept(outcome.made);
            }
        }

        private @Nullable Outcome<T> await(long nanos) throws DialException {
            try {
                // Attempts end at the deadline too, and say what they waited for.
                long left = deadline.nanosLeft() + LAST_WORDS_NANOS;
                var outcome = outcomes.poll(Math.min(nanos, left), TimeUnit.NANOSECONDS);
                if (outcome == null && left <= nanos) {
                    throw failure != null
                            ? failure
                            : new DialException(
                                    FlowEnd.CONNECT_TIMEOUT, "outbound " + outbound + ": no answer in time");
                }
                return outcome;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new DialException(FlowEnd.STOPPED, "outbound " + outbound + ": interrupted");
            }
        }

        private void end() {
            List<Outcome<T>> late = new ArrayList<>();
            synchronized (this) {
                over = true;
                outcomes.drainTo(late);
            }
            threads.forEach(Thread::interrupt);
            for (var outcome : late) {
                if (outcome.made != null) {
                    unwanted.accept(outcome.made);
                }
            }
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.testkit;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/** Waiting for a condition with a deadline: what tests use instead of sleeping. */
public final class Await {
    /**
     * Time for what has to happen soon: much more than it takes on a machine that is busy with other things as well. No test may need less to
     * be right; only one that fails lasts that long.
     */
    public static final Duration SOON = Duration.ofSeconds(45);

    private static final long PAUSE_NANOS = 2_000_000;

    private Await() {}

    /** A condition whose evaluation may fail. */
    @FunctionalInterface
    public interface Condition {
        /** Whether what is awaited holds now. */
        boolean holds() throws Exception;
    }

    /** An action whose failure does not matter to the caller. */
    @FunctionalInterface
    public interface Action {
        /** Does it. */
        void run() throws Exception;
    }

    /**
     * Returns once the condition holds; asks again every 2 ms.
     *
     * @throws AssertionError after {@code deadline}, naming {@code what}
     */
    public static void until(String what, Duration deadline, Condition condition) {
        until(() -> what, deadline, condition);
    }

    /** As {@link #until(String, Duration, Condition)}, with a description made only when the deadline has passed. */
    public static void until(Supplier<String> what, Duration deadline, Condition condition) {
        long end = System.nanoTime() + deadline.toNanos();
        Throwable last = null;
        do {
            try {
                if (condition.holds()) {
                    return;
                }
                last = null;
            } catch (Exception | AssertionError e) {
                last = e;
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        } while (System.nanoTime() - end < 0);
        throw new AssertionError("after " + deadline + " still not so: " + what.get(), last);
    }

    /** Runs the action; a failure is dropped, because the caller checks the outcome itself. */
    public static void ignoringFailure(Action action) {
        try {
            action.run();
        } catch (Exception e) {
            // The caller awaits the outcome.
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.daemon;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Keeps the JVM from ending before what it put into the kernel is undone.
 *
 * <p>A signal that comes before the daemon handles signals ends the JVM on a thread of its own, some milliseconds later; the
 * daemon, meanwhile, may have put its rules in force. So the end waits for {@link #close()}, or is noticed in time.
 */
final class Termination implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(15);

    private final CountDownLatch undone = new CountDownLatch(1);
    private final boolean underWay;

    private Termination(Runnable stop) {
        underWay = !isHookAdded(Thread.ofPlatform().name("termination").unstarted(() -> awaitUndone(stop)));
    }

    /**
     * From now on the JVM waits, for 15 s, until this is closed.
     *
     * @param stop has that happen soon; called on a thread of its own when the JVM is about to end
     */
    static Termination guard(Runnable stop) {
        return new Termination(stop);
    }

    /** Whether the JVM was ending already: it does not wait, and nothing must be done that would have to be undone. */
    boolean isUnderWay() {
        return underWay;
    }

    private static boolean isHookAdded(Thread hook) {
        try {
            Runtime.getRuntime().addShutdownHook(hook);
            return true;
        } catch (IllegalStateException e) {
            return false;
        }
    }

    private void awaitUndone(Runnable stop) {
        stop.run();
        try {
            var _ = undone.await(LIMIT.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** All is undone: the JVM may end. */
    @Override
    public void close() {
        undone.countDown();
    }
}

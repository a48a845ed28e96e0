// SPDX-License-Identifier: Apache-2.0
package sluice.engine.loop;

import java.io.IOException;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import sluice.linux.CallingThread;
import sluice.linux.Poller;
import sluice.linux.SystemCallException;

/**
 * One thread with a poller and a queue of others' tasks. It waits, has the handlers of ready sockets called, runs the tasks, and then gives its
 * owner a turn, until it is stopped. Whatever the owner has is this thread's alone; other threads {@link #post} or {@link #call}.
 *
 * <p>An exception that leaves a handler, a task or a turn ends the thread: its owner lets go of everything, and the exception goes to the
 * thread's handler of uncaught ones.
 */
public final class LoopThread {
    private final Poller poller;
    private final Turns turns;
    private final Thread thread;
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private volatile boolean stopped;

    /** What is done between waits; on the loop's thread. */
    public interface Turns {
        /** How long to wait at most, in milliseconds; -1: until something happens. */
        int patience();

        /**
         * Something has happened, or the time is up. Called before anything else.
         *
         * @param now {@link System#nanoTime}
         */
        void woken(long now);

        /** Goes on with what does not wait for a socket; after handlers and tasks. */
        void turn();

        /** Lets go of everything. Called again when a task was posted meanwhile. */
        void end();
    }

    /** Something that another thread waits for. */
    @FunctionalInterface
    public interface Step {
        /** Does it. */
        void run() throws SystemCallException;
    }

    /** Makes a loop that does not run yet. */
    public LoopThread(String name, Turns turns) throws SystemCallException {
        this.turns = turns;
        this.poller = Poller.open();
        this.thread = new CallingThread(name, this::run);
    }

    /** Begins to run. */
    public void start() {
        thread.start();
    }

    /** What the loop waits with. */
    public Poller poller() {
        return poller;
    }

    /**
     * Has the loop's thread run the task soon. Any thread. The queue has no bound of its own: the caller sees to it that there are few.
     *
     * @return whether it will be run; not once the loop has stopped
     */
    public boolean post(Runnable task) {
        if (stopped) {
            return false;
        }
        tasks.add(task);
        poller.wakeup();
        return !stopped || !tasks.remove(task);
    }

    /**
     * Has the loop's thread do something and returns when it is done. Any other thread.
     *
     * @throws SystemCallException that the step threw
     * @throws IOException when the caller is interrupted meanwhile
     * @throws IllegalStateException once the loop has stopped
     */
    public void call(Step step) throws IOException {
        var done = new CompletableFuture<Boolean>();
        if (!post(() -> complete(done, step))) {
            throw new IllegalStateException("the thread " + thread.getName() + " has stopped");
        }
        try {
            done.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof SystemCallException refused) {
                throw refused;
            }
            throw new IllegalStateException("a step on the thread " + thread.getName() + " failed", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while waiting for the thread " + thread.getName(), e);
        }
    }

    private static void complete(CompletableFuture<Boolean> done, Step step) {
        try {
            step.run();
            done.complete(true);
        } catch (SystemCallException | RuntimeException e) {
            done.completeExceptionally(e);
        } catch (Error e) {
            done.completeExceptionally(e);
            throw e;
        }
    }

    /** Has the owner let go of everything and returns when the thread has ended. Any other thread; later calls do nothing. */
    public void stop() {
        stopped = true;
        poller.wakeup();
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException _) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try {
            while (!stopped) {
                waitAndWork();
            }
        } catch (IOException e) {
            throw new IllegalStateException("the thread " + thread.getName() + " cannot wait for its sockets", e);
        } finally {
            stopped = true;
            end();
        }
    }

    /** A method of its own, so that it is compiled after some calls: a loop that runs for ever is interpreted for a long time. */
    private void waitAndWork() throws IOException {
        int ready = poller.waitMillis(turns.patience());
        turns.woken(System.nanoTime());
        poller.handle(ready);
        runTasks();
        turns.turn();
    }

    private void end() {
        try {
            do {
                runTasks();
                turns.end();
            } while (!tasks.isEmpty());
        } finally {
            poller.close();
        }
    }

    private void runTasks() {
        for (var task = tasks.poll(); task != null; task = tasks.poll()) {
            task.run();
        }
    }
}

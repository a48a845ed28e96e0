// SPDX-License-Identifier: Apache-2.0
package sluice.daemon;

import java.io.IOException;
import java.time.Duration;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import sluice.linux.Poller;

/**
 * The control thread: the one owner of the policy tree and of everything it becomes in the kernel. Descriptors, timers and
 * tasks of other threads all end up here, one after the other.
 */
final class ControlLoop implements AutoCloseable {
    private static final int TASKS_AT_MOST = 1024;
    private static final String STOPPING = "the daemon is stopping";
    private static final Duration FOREVER = Duration.ofDays(1);

    private final Poller poller;
    private final BlockingQueue<Pending<?>> tasks = new ArrayBlockingQueue<>(TASKS_AT_MOST);
    private final Queue<Runnable> own = new ConcurrentLinkedQueue<>();
    private final PriorityQueue<Alarm> alarms = new PriorityQueue<>();
    private long alarmNumber;
    private long lastEventNanos = System.nanoTime();
    private volatile boolean stopping;

    private ControlLoop(Poller poller) {
        this.poller = poller;
    }

    /** A loop that does nothing until the calling thread, its owner from then on, calls {@link #run()}. */
    static ControlLoop open() throws IOException {
        return new ControlLoop(Poller.open());
    }

    /** How long no descriptor has been ready; alarms and tasks do not count. Owner thread only. */
    Duration quietFor() {
        return Duration.ofNanos(System.nanoTime() - lastEventNanos);
    }

    /** Where the owner registers its descriptors. */
    Poller poller() {
        return poller;
    }

    /** Something to be done at a certain time. */
    final class Alarm implements Comparable<Alarm>, AutoCloseable {
        private final long atNanos;
        private final long number;
        private final Task task;

        private Alarm(long atNanos, long number, Task task) {
            this.atNanos = atNanos;
            this.number = number;
            this.task = task;
        }

        @Override
        public int compareTo(Alarm other) {
            int byTime = Long.compare(atNanos - other.atNanos, 0);
            return byTime != 0 ? byTime : Long.compare(number, other.number);
        }

        /** Calls it off; owner thread only. */
        @Override
        public void close() {
            alarms.remove(this);
        }
    }

    /** What an alarm does. A failure ends the loop: tasks deal with what they expect. */
    @FunctionalInterface
    interface Task {
        /** Does it, on the control thread. */
        void run() throws IOException;
    }

    /** Has the task run once, after the delay. Owner thread only. */
    Alarm after(Duration delay, Task task) {
        var alarm = new Alarm(System.nanoTime() + delay.toNanos(), alarmNumber++, task);
        alarms.add(alarm);
        return alarm;
    }

    /**
     * Has the work done on the control thread, unless the result is cancelled before. Any thread.
     *
     * @throws RejectedExecutionException if too much is waiting already, or the loop has ended
     */
    <T> CompletableFuture<T> submit(Callable<T> work) {
        var pending = new Pending<>(work, new CompletableFuture<>());
        if (stopping) {
            throw new RejectedExecutionException(STOPPING);
        }
        if (!tasks.offer(pending)) {
            throw new RejectedExecutionException("the daemon is busy: " + TASKS_AT_MOST + " requests wait");
        }
        if (stopping) {
            // Perhaps after the loop's last look: nobody else would answer.
            refuseWaiting();
        } else {
            poller.wakeup();
        }
        return pending.result;
    }

    /** As {@link #submit}, for work that nobody waits for. */
    void execute(Runnable work) {
        var _ = submit(Executors.callable(work));
    }

    /**
     * Has the daemon's own work done on the control thread, however many requests wait. Any thread. The queue has no bound of its own: each caller
     * has one task in it at most.
     *
     * @return whether it will be done; not once the loop has ended
     */
    boolean post(Runnable work) {
        own.add(work);
        poller.wakeup();
        return !stopping || !own.remove(work);
    }

    private record Pending<T>(Callable<T> work, CompletableFuture<T> result) {
        void run() {
            if (result.isDone()) {
                // Whoever wanted it has called it off.
                return;
            }
            try {
                result.complete(work.call());
            } catch (Exception e) {
                result.completeExceptionally(e);
            }
        }
    }

    /** Makes {@link #run()} return after what it is doing now. Any thread, also a signal handler. */
    void stop() {
        stopping = true;
        poller.wakeup();
    }

    /** Serves descriptors, alarms and tasks until {@link #stop()}. */
    void run() throws IOException {
        while (!stopping) {
            if (poller.await(untilNextAlarm()) > 0) {
                lastEventNanos = System.nanoTime();
            }
            for (var work = own.poll(); work != null; work = own.poll()) {
                work.run();
            }
            for (var task = tasks.poll(); task != null; task = tasks.poll()) {
                task.run();
            }
            for (var alarm = alarms.peek(); alarm != null && isDue(alarm); alarm = alarms.peek()) {
                alarms.remove();
                alarm.task.run();
            }
        }
        refuseWaiting();
    }

    private Duration untilNextAlarm() {
        var next = alarms.peek();
        return next == null ? FOREVER : Duration.ofNanos(Math.max(0, next.atNanos - System.nanoTime()));
    }

    private static boolean isDue(Alarm alarm) {
        return alarm.atNanos - System.nanoTime() <= 0;
    }

    private void refuseWaiting() {
        for (var task = tasks.poll(); task != null; task = tasks.poll()) {
            task.result.completeExceptionally(new RejectedExecutionException(STOPPING));
        }
    }

    @Override
    public void close() {
        stopping = true;
        refuseWaiting();
        poller.close();
    }
}

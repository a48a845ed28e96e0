// SPDX-License-Identifier: Apache-2.0
package sluice.daemon;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import sluice.rules.InvalidConfigurationException;

/**
 * Has the configuration read on a thread of its own, however long its lists are, while the one in force is served, and then has it put in force
 * on the control thread. One at a time: whoever asks meanwhile gets the next one, which reads what is there by then, and shares it with all others
 * who do. Control thread only.
 *
 * @param <R> what a reload that was put in force is described by
 */
final class Reloads<R> {
    private final ControlLoop loop;
    private final ServiceState service;
    private final Reader reader;
    private final Applier<R> applier;
    private @Nullable Request<R> running;
    private @Nullable Request<R> next;
    private @Nullable Thread thread;

    /** One reload, of one who asked for it or of several. */
    private static final class Request<R> {
        private final CompletableFuture<R> result = new CompletableFuture<>();
        /** Whether one of them has no other way to hear of a failure than the log. */
        private boolean logs;
    }

    /** Reads the configuration, with everything that it takes to put it in force. On a thread of its own. */
    @FunctionalInterface
    interface Reader {
        /** Reads it. */
        ConfigurationSource.Loaded read() throws IOException, InvalidConfigurationException;
    }

    /** Puts in force what was read. On the control thread. */
    interface Applier<R> {
        /** Puts it in force, or learns that there is nothing to put in force. */
        R apply(Outcome read) throws IOException, InvalidConfigurationException;

        /** Hears that it failed, where somebody asked who is not answered. */
        void failed(Exception failure);
    }

    /** What reading came to: one of both is null. */
    record Outcome(
            ConfigurationSource.@Nullable Loaded loaded,
            @Nullable Exception failure) {
        /** The configuration. */
        ConfigurationSource.Loaded get() throws IOException, InvalidConfigurationException {
            switch (failure) {
                case null -> {}
                case IOException e -> throw e;
                case InvalidConfigurationException e -> throw e;
                case RuntimeException e -> throw e;
                default -> throw new IllegalStateException(failure);
            }
            if (loaded == null) {
                throw new IllegalStateException("neither a configuration nor a failure");
            }
            return loaded;
        }
    }

    /** @param service is told of each reload when it begins and when it has ended */
    Reloads(ControlLoop loop, ServiceState service, Reader reader, Applier<R> applier) {
        this.loop = loop;
        this.service = service;
        this.reader = reader;
        this.applier = applier;
    }

    /** Asks for a reload that reads what is there now, or later; fails as {@link Applier#apply} does, or when the daemon stops. */
    CompletableFuture<R> request() {
        return pending().result;
    }

    /** As {@link #request}, for one who cannot be answered: a failure is told to {@link Applier#failed}. */
    void requestWithoutAnswer() {
        pending().logs = true;
    }

    private Request<R> pending() {
        if (running == null) {
            return begin(new Request<>());
        }
        if (next == null) {
            next = new Request<>();
        }
        return next;
    }

    private Request<R> begin(Request<R> request) {
        running = request;
        service.reloading();
        thread = Thread.ofPlatform().daemon().name("configuration").start(() -> read(request));
        return request;
    }

    private void read(Request<R> request) {
        var outcome = outcome();
        if (!loop.post(() -> ended(request, outcome))) {
            refuse(request);
        }
    }

    private Outcome outcome() {
        try {
            return new Outcome(reader.read(), null);
        } catch (IOException | InvalidConfigurationException | RuntimeException e) {
            return new Outcome(null, e);
        } catch (OutOfMemoryError e) {
            // Nothing but what was being read is lost, and that is garbage now.
            return new Outcome(
                    null,
                    new IOException(
                            "load the configuration: its lists do not fit into the memory that the daemon may use ("
                                    + (Runtime.getRuntime().maxMemory() >> 20)
                                    + " MiB in all); shorten them",
                            e));
        }
    }

    private void ended(Request<R> request, Outcome outcome) {
        var result = request.result;
        Runnable answer;
        try {
            var applied = applier.apply(outcome);
            answer = () -> result.complete(applied);
        } catch (IOException | InvalidConfigurationException | RuntimeException e) {
            if (request.logs) {
                applier.failed(e);
            }
            answer = () -> result.completeExceptionally(e);
        }
        service.ready();
        answer.run();
        running = null;
        thread = null;
        var following = next;
        next = null;
        if (following != null) {
            var _ = begin(following);
        }
    }

    /** Refuses what is under way, once the loop has stopped: nothing is put in force any more. */
    void stop() {
        if (thread != null) {
            thread.interrupt();
        }
        refuse(running);
        refuse(next);
    }

    private static void refuse(@Nullable Request<?> request) {
        if (request != null) {
            request.result.completeExceptionally(new RejectedExecutionException("the daemon is stopping"));
        }
    }
}

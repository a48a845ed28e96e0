// SPDX-License-Identifier: Apache-2.0
package sluice.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import sluice.rules.Configuration;
import sluice.rules.InvalidConfigurationException;

@Timeout(60)
class ReloadsTest {
    /** What the next reading comes to; a reading waits until there is something. */
    private final BlockingQueue<Optional<Throwable>> readings = new LinkedBlockingQueue<>();

    private final BlockingQueue<String> begun = new LinkedBlockingQueue<>();
    private final List<String> told = new ArrayList<>();
    private int applied;
    private ControlLoop loop;
    private Thread owner;
    private Reloads<Integer> reloads;

    @BeforeEach
    void start() throws Exception {
        loop = ControlLoop.open();
        reloads = new Reloads<>(loop, new Told(), this::read, new Applied());
        owner = Thread.ofPlatform().start(this::run);
    }

    private void run() {
        try {
            loop.run();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } finally {
            reloads.stop();
        }
    }

    @AfterEach
    void stop() throws Exception {
        loop.stop();
        owner.join();
        loop.close();
    }

    private ConfigurationSource.Loaded read() throws IOException {
        begun.add(Thread.currentThread().getName());
        try {
            switch (readings.take().orElse(null)) {
                case null -> {}
                case IOException e -> throw e;
                case OutOfMemoryError e -> throw e;
                case Throwable e -> throw new AssertionError(e);
            }
        } catch (InterruptedException e) {
            throw new IOException("interrupted", e);
        }
        return new ConfigurationSource.Loaded(
                new ConfigurationFile(null, ""), Configuration.EVERYTHING_DIRECT, List.of(), Map.of());
    }

    private final class Told implements ServiceState {
        @Override
        public void reloading() {
            told.add("reloading");
        }

        @Override
        public void ready() {
            told.add("ready");
        }

        @Override
        public void stopping() {}
    }

    private final class Applied implements Reloads.Applier<Integer> {
        @Override
        public Integer apply(Reloads.Outcome read) throws IOException, InvalidConfigurationException {
            assertThat(read.get().configuration()).isSameAs(Configuration.EVERYTHING_DIRECT);
            assertThat(Thread.currentThread()).isSameAs(owner);
            return ++applied;
        }

        @Override
        public void failed(Exception failure) {
            told.add(String.valueOf(failure.getMessage()));
        }
    }

    private CompletableFuture<Integer> request() throws Exception {
        var results = new ArrayList<CompletableFuture<Integer>>();
        onControlThread(() -> results.add(reloads.request()));
        return results.getFirst();
    }

    private void onControlThread(Runnable action) throws Exception {
        loop.submit(Executors.callable(action)).get();
    }

    private static @Nullable Throwable failure(CompletableFuture<Integer> result) throws Exception {
        try {
            result.get();
            return null;
        } catch (ExecutionException e) {
            return e.getCause();
        }
    }

    @Test
    void theControlThreadServesWhileTheFileIsRead() throws Exception {
        var result = request();
        assertThat(begun.take()).isEqualTo("configuration");
        assertThat(loop.submit(() -> 7).get()).isEqualTo(7);
        assertThat(result).isNotDone();
        readings.add(Optional.empty());
        assertThat(result.get()).isEqualTo(1);
        assertThat(loop.submit(() -> List.copyOf(told)).get()).containsExactly("reloading", "ready");
    }

    @Test
    void thoseWhoAskDuringAReadingShareTheNextOne() throws Exception {
        var first = request();
        begun.take();
        var second = request();
        var third = request();
        onControlThread(reloads::requestWithoutAnswer);
        assertThat(begun).isEmpty();
        readings.add(Optional.empty());
        assertThat(first.get()).isEqualTo(1);
        begun.take();
        assertThat(second).isNotDone();
        readings.add(Optional.empty());
        assertThat(second.get()).isEqualTo(2);
        assertThat(third.get()).isEqualTo(2);
        assertThat(loop.submit(() -> List.copyOf(told)).get())
                .containsExactly("reloading", "ready", "reloading", "ready");
        assertThat(begun).isEmpty();
    }

    @Test
    void aFailureReachesThoseWhoAskedForItAndTheLogOnlyWhereSomebodyIsNotAnswered() throws Exception {
        var first = request();
        begun.take();
        var second = request();
        for (int i = 0; i < 2; i++) {
            onControlThread(reloads::requestWithoutAnswer);
        }
        readings.add(Optional.of(new IOException("first")));
        readings.add(Optional.of(new IOException("second")));
        assertThat(failure(first)).hasMessage("first");
        assertThat(failure(second)).hasMessage("second");
        assertThat(loop.submit(() -> List.copyOf(told)).get())
                .containsExactly("reloading", "ready", "reloading", "second", "ready");
        var third = request();
        readings.add(Optional.empty());
        assertThat(third.get()).isEqualTo(1);
    }

    @Test
    void listsThatAreTooLongForTheMemoryFailTheReloadAndNotTheDaemon() throws Exception {
        readings.add(Optional.of(new OutOfMemoryError("as expected")));
        assertThat(failure(request()))
                .isInstanceOf(IOException.class)
                .hasMessageContainingAll("its lists do not fit", " MiB in all", "shorten them");
        readings.add(Optional.empty());
        assertThat(request().get()).isEqualTo(1);
    }

    @Test
    void whoWaitsIsRefusedWhenTheDaemonStops() throws Exception {
        var first = request();
        begun.take();
        var second = request();
        loop.stop();
        assertThat(failure(first)).isInstanceOf(RejectedExecutionException.class);
        assertThat(failure(second)).isInstanceOf(RejectedExecutionException.class);
        assertThatThrownBy(() -> onControlThread(reloads::requestWithoutAnswer))
                .isInstanceOf(RejectedExecutionException.class);
        owner.join(TimeUnit.SECONDS.toMillis(30));
        assertThat(applied).isZero();
    }
}

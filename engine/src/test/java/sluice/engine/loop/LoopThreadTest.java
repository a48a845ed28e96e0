// SPDX-License-Identifier: Apache-2.0
package sluice.engine.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static sluice.testkit.Await.SOON;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import sluice.linux.Errno;
import sluice.linux.Poller;
import sluice.linux.SystemCallException;
import sluice.linux.Timer;
import sluice.testkit.Await;

@Timeout(200)
class LoopThreadTest {
    /** Waits without end, and notes what it is told. */
    private static final class Notes implements LoopThread.Turns {
        final AtomicInteger ends = new AtomicInteger();
        volatile long woken;

        @Override
        public int patience() {
            return -1;
        }

        @Override
        public void woken(long now) {
            woken = now;
        }

        @Override
        public void turn() {}

        @Override
        public void end() {
            ends.incrementAndGet();
        }
    }

    private static LoopThread started(Notes notes) throws SystemCallException {
        var loop = new LoopThread("loop under test", notes);
        loop.start();
        return loop;
    }

    @Test
    void handlersAndTasksKnowWhenTheyWereWoken() throws Exception {
        var notes = new Notes();
        var loop = started(notes);
        try (var timer = Timer.open("wakes the loop")) {
            var seen = new CompletableFuture<Long>();
            long before = System.nanoTime();
            loop.call(() -> {
                assertThat(notes.woken).isGreaterThanOrEqualTo(before);
                var _ = loop.poller().register(timer.descriptor(), Poller.EPOLLIN, _ -> seen.complete(notes.woken));
                timer.after(Duration.ofMillis(50));
            });
            assertThat(seen.get()).isGreaterThanOrEqualTo(before + 50_000_000);
        } finally {
            loop.stop();
        }
    }

    @Test
    void aCallFailsWithWhatTheStepThrew() throws Exception {
        var loop = started(new Notes());
        var refused = SystemCallException.of("open", "a door", Errno.EACCES);
        assertThatThrownBy(() -> loop.call(() -> {
                    throw refused;
                }))
                .isSameAs(refused);
        assertThatThrownBy(() -> loop.call(() -> {
                    throw new IllegalArgumentException("wrong");
                }))
                .isInstanceOf(IllegalStateException.class)
                .hasRootCauseMessage("wrong");
        loop.call(() -> {});
        loop.stop();
        assertThatThrownBy(() -> loop.call(() -> {})).isInstanceOf(IllegalStateException.class);
        assertThat(loop.post(() -> {})).isFalse();
    }

    @Test
    void aTaskThatWasAcceptedIsRunThoughTheLoopStops() throws Exception {
        var notes = new Notes();
        var loop = started(notes);
        var busy = new CountDownLatch(1);
        var last = new CountDownLatch(1);
        loop.post(() -> Await.ignoringFailure(busy::await));
        assertThat(loop.post(last::countDown)).isTrue();
        var stopping = Thread.ofPlatform().start(loop::stop);
        busy.countDown();
        stopping.join();
        assertThat(last.await(0, TimeUnit.SECONDS)).isTrue();
        assertThat(notes.ends).hasValue(1);
    }

    @Test
    void anErrorEndsTheThreadWithItsOwnerLetGoAndIsToldToTheHandler() throws Exception {
        var told = new CompletableFuture<Throwable>();
        var before = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler((_, error) -> told.complete(error));
        try {
            var notes = new Notes();
            var loop = started(notes);
            var error = new StackOverflowError("for the test");
            assertThatThrownBy(() -> loop.call(() -> {
                        throw error;
                    }))
                    .hasRootCause(error);
            assertThat(told.get(SOON.toSeconds(), TimeUnit.SECONDS)).isSameAs(error);
            assertThat(notes.ends).hasValue(1);
            assertThat(loop.post(() -> {})).isFalse();
            loop.stop();
        } finally {
            Thread.setDefaultUncaughtExceptionHandler(before);
        }
    }

    @Test
    void anExceptionOfAHandlerEndsTheThreadToo() throws Exception {
        var told = new CompletableFuture<Throwable>();
        var before = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler((_, error) -> told.complete(error));
        try (var timer = Timer.open("wakes the loop")) {
            var loop = started(new Notes());
            loop.call(() -> {
                var _ = loop.poller().register(timer.descriptor(), Poller.EPOLLIN, _ -> {
                    throw new IOException("for the test");
                });
                timer.after(Duration.ofMillis(1));
            });
            assertThat(told.get(SOON.toSeconds(), TimeUnit.SECONDS)).hasRootCauseMessage("for the test");
            loop.stop();
        } finally {
            Thread.setDefaultUncaughtExceptionHandler(before);
        }
    }
}

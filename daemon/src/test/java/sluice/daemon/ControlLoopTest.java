// SPDX-License-Identifier: Apache-2.0
package sluice.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import sluice.testkit.Await;

class ControlLoopTest {
    private static final long SECONDS = 45;

    @Test
    void workOfOtherThreadsRunsOnTheOwnersThread() throws Exception {
        try (var loop = ControlLoop.open()) {
            var owner = Thread.ofPlatform().start(() -> run(loop));
            assertThat(loop.submit(Thread::currentThread).get(SECONDS, TimeUnit.SECONDS))
                    .isSameAs(owner);
            loop.stop();
            assertThat(owner.join(Await.SOON)).isTrue();
        }
    }

    @Test
    void aFailureReachesWhoeverAskedAndNobodyElse() throws Exception {
        try (var loop = ControlLoop.open()) {
            var owner = Thread.ofPlatform().start(() -> run(loop));
            var failing = loop.submit(() -> {
                throw new IllegalArgumentException("as expected");
            });
            assertThatThrownBy(() -> failing.get(SECONDS, TimeUnit.SECONDS))
                    .isInstanceOf(ExecutionException.class)
                    .hasRootCauseMessage("as expected");
            assertThat(loop.submit(() -> 1).get(SECONDS, TimeUnit.SECONDS)).isEqualTo(1);
            loop.stop();
            assertThat(owner.join(Await.SOON)).isTrue();
        }
    }

    @Test
    void alarmsRunInTheirOrderAndNotWhenCalledOff() throws Exception {
        var ran = new ArrayList<String>();
        try (var loop = ControlLoop.open()) {
            loop.after(Duration.ofMillis(2), () -> ran.add("second"));
            loop.after(Duration.ZERO, () -> ran.add("first"));
            loop.after(Duration.ofMillis(1), () -> ran.add("never")).close();
            loop.after(Duration.ofMillis(3), loop::stop);
            loop.run();
        }
        assertThat(ran).containsExactly("first", "second");
    }

    @Test
    void whoeverAsksAStoppedLoopIsRefused() throws Exception {
        try (var loop = ControlLoop.open()) {
            var waiting = loop.submit(() -> 1);
            loop.stop();
            assertThatThrownBy(() -> loop.submit(() -> 2)).isInstanceOf(RejectedExecutionException.class);
            loop.run();
            assertThat(waiting).isCompletedExceptionally();
        }
    }

    @Test
    void whatNobodyWaitsForAnyMoreIsNotDone() throws Exception {
        var ran = new ArrayList<String>();
        try (var loop = ControlLoop.open()) {
            loop.submit(() -> ran.add("cancelled")).cancel(false);
            loop.execute(() -> ran.add("wanted"));
            loop.execute(loop::stop);
            loop.run();
        }
        assertThat(ran).containsExactly("wanted");
    }

    private static void run(ControlLoop loop) {
        try {
            loop.run();
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import sluice.engine.flow.FlowEnd;
import sluice.engine.park.Deadline;
import sluice.testkit.Await;

/** Attempts are names: each waits until the test says what becomes of it. */
@Timeout(100)
class RaceTest {
    private static final Duration SOON = Duration.ofMillis(1);
    private static final Duration NEVER = Duration.ofHours(1);

    private final World world = World.of();
    private final Queue<String> begun = new ConcurrentLinkedQueue<>();
    private final Queue<String> givenUp = new ConcurrentLinkedQueue<>();
    private final Queue<String> unwanted = new ConcurrentLinkedQueue<>();
    private final Map<String, FlowEnd> failing = new ConcurrentHashMap<>();
    private final Map<String, CountDownLatch> slow = new ConcurrentHashMap<>();

    @AfterEach
    void close() {
        world.close();
    }

    private String attempt(String name) throws DialException {
        begun.add(name);
        var latch = slow.get(name);
        try {
            if (latch != null) {
                latch.await();
            }
        } catch (InterruptedException e) {
            givenUp.add(name);
            if (!name.startsWith("deaf")) {
                throw new DialException(FlowEnd.STOPPED, "interrupted");
            }
        }
        var end = failing.get(name);
        if (end != null) {
            throw new DialException(end, name + " failed");
        }
        return name;
    }

    private void slow(String... names) {
        for (var name : names) {
            slow.put(name, new CountDownLatch(1));
        }
    }

    private record Names(Queue<String> left) implements Race.Candidates<String> {
        @Override
        public @Nullable String next() {
            return left.poll();
        }

        @Override
        public int known() {
            return left.size();
        }

        @Override
        public boolean isOnly() {
            return left.isEmpty();
        }
    }

    private String run(Duration delay, String... names) throws DialException {
        var race = new Race<String, String>(
                world.parking,
                delay,
                (name, deadline) -> attempt(name),
                failure -> failure.reason() != FlowEnd.BLOCKED,
                unwanted::add);
        return world.await(() -> race.run(new Names(new ArrayDeque<>(List.of(names))), "p", Deadline.in(World.LONG)));
    }

    @Test
    void theFirstThatWorksIsTakenAndNoOtherBegins() throws Exception {
        assertThat(run(NEVER, "a", "b")).isEqualTo("a");
        assertThat(begun).containsExactly("a");
    }

    @Test
    void aFailureIsFollowedByTheNextAttemptAtOnce() throws Exception {
        failing.put("a", FlowEnd.REFUSED);
        assertThat(run(NEVER, "a", "b", "c")).isEqualTo("b");
        assertThat(begun).containsExactly("a", "b");
    }

    @Test
    void aSlowAttemptGetsAnotherOneBesideItAndIsGivenUpWhenThatWorks() throws Exception {
        slow("a");
        assertThat(run(SOON, "a", "b")).isEqualTo("b");
        Await.until("the slow one is given up", World.LONG, () -> givenUp.contains("a"));
        assertThat(unwanted).isEmpty();
    }

    @Test
    void aSlowAttemptMayStillWin() throws Exception {
        slow("a", "b");
        Thread.ofPlatform().start(() -> {
            Await.until("both have begun", World.LONG, () -> begun.contains("b"));
            Objects.requireNonNull(slow.get("a")).countDown();
        });
        assertThat(run(SOON, "a", "b")).isEqualTo("a");
        Await.until("the other one is given up", World.LONG, () -> givenUp.contains("b"));
    }

    @Test
    void whatWorksTooLateIsHandedBack() throws Exception {
        slow("deaf");
        assertThat(run(SOON, "deaf", "b")).isEqualTo("b");
        Await.until("it is handed back", World.LONG, () -> unwanted.contains("deaf"));
    }

    @Test
    void whenAllFailTheFirstFailureIsTold() {
        failing.put("a", FlowEnd.REFUSED);
        failing.put("b", FlowEnd.UNREACHABLE);
        assertThatThrownBy(() -> run(NEVER, "a", "b")).hasMessage("a failed");
        assertThatThrownBy(() -> run(NEVER, "a")).hasMessage("a failed");
        assertThatThrownBy(() -> run(NEVER)).hasMessage("outbound p: no address is left to try");
    }

    @Test
    void aFailureThatHoldsForAllEndsTheRace() {
        failing.put("a", FlowEnd.BLOCKED);
        assertThatThrownBy(() -> run(NEVER, "a", "b")).hasMessage("a failed");
        assertThat(begun).containsExactly("a");
    }

    @Test
    void noMoreThanFourAttemptsRunAtOnce() throws Exception {
        slow("1", "2", "3", "4", "5");
        var released = new Semaphore(0);
        Thread.ofPlatform().start(() -> {
            Await.until("four have begun", World.LONG, () -> begun.size() >= 4);
            released.release();
            failing.put("2", FlowEnd.REFUSED);
            Objects.requireNonNull(slow.get("2")).countDown();
            Await.until("a fifth has begun", World.LONG, () -> begun.contains("5"));
            Objects.requireNonNull(slow.get("5")).countDown();
        });
        assertThat(run(SOON, "1", "2", "3", "4", "5", "6")).isEqualTo("5");
        assertThat(begun).containsExactly("1", "2", "3", "4", "5");
    }
}

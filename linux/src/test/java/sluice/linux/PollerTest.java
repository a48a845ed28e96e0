// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import sluice.testkit.Await;

@Timeout(200)
class PollerTest {
    private static final AtomicInteger COUNTER = new AtomicInteger();

    @Test
    void aReadyDescriptorCallsItsHandlerUntilItIsRead() throws Exception {
        try (var poller = Poller.open();
                var pair = Pair.open()) {
            var calls = new AtomicInteger();
            poller.register(pair.in.descriptor(), Poller.EPOLLIN, events -> {
                assertThat(events).isEqualTo(Poller.EPOLLIN);
                calls.incrementAndGet();
            });
            assertThat(poller.await(Duration.ZERO)).isZero();
            pair.send();
            assertThat(poller.await(Await.SOON)).isEqualTo(1);
            assertThat(poller.await(Await.SOON)).isEqualTo(1);
            pair.drain();
            assertThat(poller.await(Duration.ZERO)).isZero();
            assertThat(calls).hasValue(2);
        }
    }

    @Test
    void aHandlerThatClosesAnothersRegistrationKeepsItFromBeingCalled() throws Exception {
        try (var poller = Poller.open();
                var first = Pair.open();
                var second = Pair.open()) {
            var registrations = new ArrayList<Poller.Registration>();
            var called = new AtomicInteger();
            Poller.Handler closeBoth = events -> {
                called.incrementAndGet();
                registrations.forEach(Poller.Registration::close);
            };
            registrations.add(poller.register(first.in.descriptor(), Poller.EPOLLIN, closeBoth));
            registrations.add(poller.register(second.in.descriptor(), Poller.EPOLLIN, closeBoth));
            first.send();
            second.send();
            assertThat(poller.await(Await.SOON)).isEqualTo(1);
            assertThat(poller.await(Duration.ZERO)).isZero();
            assertThat(called).hasValue(1);
        }
    }

    @Test
    void anEventFetchedForAnEarlierHolderOfASlotIsNotGivenToTheNext() throws Exception {
        try (var poller = Poller.open();
                var first = Pair.open();
                var second = Pair.open();
                var third = Pair.open()) {
            var registrations = new ArrayList<Poller.Registration>();
            var late = new AtomicInteger();
            Poller.Handler replace = events -> {
                registrations.forEach(Poller.Registration::close);
                if (registrations.size() == 2) {
                    registrations.add(
                            poller.register(third.in.descriptor(), Poller.EPOLLIN, e -> late.incrementAndGet()));
                    registrations.add(
                            poller.register(first.out.descriptor(), Poller.EPOLLIN, e -> late.incrementAndGet()));
                }
            };
            registrations.add(poller.register(first.in.descriptor(), Poller.EPOLLIN, replace));
            registrations.add(poller.register(second.in.descriptor(), Poller.EPOLLIN, replace));
            first.send();
            second.send();
            assertThat(poller.await(Await.SOON)).isEqualTo(1);
            assertThat(late).hasValue(0);
        }
    }

    @Test
    void pausedEventsComeBackWhenWantedAgain() throws Exception {
        try (var poller = Poller.open();
                var pair = Pair.open()) {
            var registration = poller.register(pair.in.descriptor(), 0, events -> {});
            pair.send();
            assertThat(poller.await(Duration.ZERO)).isZero();
            registration.events(Poller.EPOLLIN);
            assertThat(poller.await(Duration.ZERO)).isEqualTo(1);
        }
    }

    @Test
    void whatAHandlerThrowsLeavesAwaitAndLosesNothing() throws Exception {
        try (var poller = Poller.open();
                var pair = Pair.open()) {
            poller.register(pair.in.descriptor(), Poller.EPOLLIN, events -> {
                throw new IOException("handler failed");
            });
            pair.send();
            assertThatThrownBy(() -> poller.await(Duration.ZERO)).hasMessage("handler failed");
            assertThatThrownBy(() -> poller.await(Duration.ZERO)).hasMessage("handler failed");
        }
    }

    @Test
    void everyWakeupFromAnotherThreadIsHeard() throws Exception {
        try (var poller = Poller.open()) {
            var posted = new ConcurrentLinkedQueue<Integer>();
            int messages = 50_000;
            var poster = Thread.ofPlatform().start(() -> {
                for (int i = 0; i < messages; i++) {
                    posted.add(i);
                    poller.wakeup();
                    if (i % 7 == 0) {
                        Thread.onSpinWait();
                    }
                }
            });
            int received = 0;
            while (received < messages) {
                poller.await();
                while (posted.poll() != null) {
                    received++;
                }
            }
            poster.join();
            assertThat(received).isEqualTo(messages);
        }
    }

    @Test
    void awaitEndsAtItsTimeout() throws Exception {
        try (var poller = Poller.open()) {
            long before = System.nanoTime();
            assertThat(poller.await(Duration.ofMillis(30))).isZero();
            assertThat(System.nanoTime() - before).isGreaterThanOrEqualTo(30_000_000L);
        }
    }

    @Test
    void wakingAClosedPollerDoesNothing() throws Exception {
        var poller = Poller.open();
        poller.close();
        poller.wakeup();
        assertThatThrownBy(() -> poller.await(Duration.ZERO)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aTimerFiresOnceOrAgainAndAgain() throws Exception {
        try (var poller = Poller.open();
                var timer = Timer.open("test timer")) {
            var fired = new AtomicLong();
            poller.register(timer.descriptor(), Poller.EPOLLIN, events -> fired.addAndGet(timer.expirations()));
            timer.after(Duration.ofMillis(2));
            assertThat(poller.await(Await.SOON)).isEqualTo(1);
            assertThat(poller.await(Duration.ofMillis(20))).isZero();
            assertThat(fired).hasValue(1);
            timer.every(Duration.ofMillis(1));
            while (fired.get() < 5) {
                poller.await();
            }
            timer.stop();
            assertThat(poller.await(Duration.ofMillis(20))).isZero();
            timer.after(Duration.ZERO);
            assertThat(poller.await(Await.SOON)).isEqualTo(1);
        }
    }

    private record Pair(NativeSocket in, NativeSocket out) implements AutoCloseable {
        static Pair open() throws IOException {
            var name =
                    new UnixAddress("sluice-poller-" + ProcessHandle.current().pid() + COUNTER.getAndIncrement(), true);
            var in = NativeSocket.open(SocketConstants.AF_UNIX, SocketConstants.SOCK_DGRAM, 0, "in");
            var out = NativeSocket.open(SocketConstants.AF_UNIX, SocketConstants.SOCK_DGRAM, 0, "out");
            in.bind(name);
            in.nonBlocking(true);
            out.connect(name);
            return new Pair(in, out);
        }

        void send() throws IOException {
            out.send(ByteBuffer.allocateDirect(1));
        }

        void drain() throws IOException {
            in.receive(ByteBuffer.allocateDirect(8));
        }

        @Override
        public void close() {
            in.close();
            out.close();
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.engine.park;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import sluice.linux.Errno;
import sluice.linux.InetEndpoint;
import sluice.linux.StreamListener;
import sluice.linux.StreamSocket;
import sluice.linux.SystemCallException;
import sluice.testkit.Await;

class ParkingTest {
    private static final Duration LONG = Await.SOON;

    private Parking parking;
    private StreamListener listener;

    @BeforeEach
    void start() throws IOException {
        parking = Parking.start();
        listener = StreamListener.open(new InetEndpoint(InetAddress.ofLiteral("127.0.0.1"), 0), 128, false);
    }

    @AfterEach
    void stop() {
        listener.close();
        parking.close();
    }

    /** Two ends of a connection; the first is parked. */
    private record Pair(ParkedSocket near, StreamSocket far) implements AutoCloseable {
        @Override
        public void close() {
            near.close();
            far.close();
        }
    }

    private Pair pair() throws IOException {
        var to = listener.local();
        var near = parking.connect(StreamSocket.open(to.family()), to, Deadline.in(LONG));
        return new Pair(near, Objects.requireNonNull(listener.accept()));
    }

    private interface Task<T> {
        T run() throws Exception;
    }

    private <T> CompletableFuture<T> onVirtualThread(Task<T> task) {
        var result = new CompletableFuture<T>();
        parking.start("test", () -> {
            try {
                result.complete(task.run());
            } catch (Exception e) {
                result.completeExceptionally(e);
            }
        });
        return result;
    }

    private static ByteBuffer bytes(String text) {
        var direct = ByteBuffer.allocateDirect(text.length());
        return direct.put(text.getBytes(StandardCharsets.US_ASCII)).flip();
    }

    @Test
    void aReaderWaitsForBytesAndForTheEnd() throws Exception {
        try (var pair = pair()) {
            var first = onVirtualThread(() -> {
                var into = ByteBuffer.allocate(16);
                pair.near().read(into, Deadline.in(LONG));
                return new String(into.array(), 0, into.position(), StandardCharsets.US_ASCII);
            });
            assertThat(first).isNotDone();
            pair.far().write(bytes("hello"));
            assertThat(first.get(45, TimeUnit.SECONDS)).isEqualTo("hello");
            var second = onVirtualThread(() -> pair.near().read(ByteBuffer.allocateDirect(16), Deadline.in(LONG)));
            pair.far().shutdownWrite();
            assertThat(second.get(45, TimeUnit.SECONDS)).isEqualTo(-1);
        }
    }

    @Test
    void aWriterWaitsForASlowReaderAndLosesNothing() throws Exception {
        int total = 16 << 20;
        try (var pair = pair()) {
            var written = onVirtualThread(() -> {
                var all = ByteBuffer.allocate(total);
                for (int i = 0; i < total; i++) {
                    all.put(i, (byte) (i * 31));
                }
                pair.near().write(all, Deadline.in(LONG));
                pair.near().shutdownWrite();
                return total;
            });
            var buffer = ByteBuffer.allocateDirect(64 << 10);
            int read = 0;
            var end = Deadline.in(LONG);
            while (end.nanosLeft() > 0) {
                buffer.clear();
                int count = pair.far().read(buffer);
                if (count == 0) {
                    break;
                }
                for (int i = 0; i < count; i++, read++) {
                    assertThat(buffer.get(i)).isEqualTo((byte) (read * 31));
                }
            }
            assertThat(read).isEqualTo(total);
            assertThat(written.get(45, TimeUnit.SECONDS)).isEqualTo(total);
        }
    }

    @Test
    void everyWaitEndsWhenItsTimeIsUp() throws Exception {
        try (var pair = pair()) {
            var reading =
                    onVirtualThread(() -> pair.near().read(ByteBuffer.allocate(1), Deadline.in(Duration.ofMillis(30))));
            assertThatThrownBy(() -> reading.get(45, TimeUnit.SECONDS))
                    .hasCauseInstanceOf(SocketTimeoutException.class);
            var writing = onVirtualThread(() -> {
                pair.near().write(ByteBuffer.allocate(64 << 20), Deadline.in(Duration.ofMillis(30)));
                return 0;
            });
            assertThatThrownBy(() -> writing.get(45, TimeUnit.SECONDS))
                    .hasCauseInstanceOf(SocketTimeoutException.class);
        }
    }

    @Test
    void closingWakesReaderAndWriterAndGivesTheDescriptorBackOnce() throws Exception {
        try (var pair = pair()) {
            var reading = onVirtualThread(() -> pair.near().read(ByteBuffer.allocate(1), Deadline.never()));
            var writing = onVirtualThread(() -> {
                pair.near().write(ByteBuffer.allocate(64 << 20), Deadline.never());
                return 0;
            });
            Await.until("the writer to fill the buffers", LONG, () -> !writing.isDone() && parking.size() == 1);
            pair.near().close();
            assertThatThrownBy(() -> reading.get(45, TimeUnit.SECONDS))
                    .hasCauseInstanceOf(ClosedChannelException.class);
            assertThatThrownBy(() -> writing.get(45, TimeUnit.SECONDS))
                    .hasCauseInstanceOf(ClosedChannelException.class);
            assertThatThrownBy(() -> pair.near().tryRead(ByteBuffer.allocate(1)))
                    .isInstanceOf(ClosedChannelException.class);
            assertThat(parking.size()).isZero();
        }
    }

    @Test
    void manyWaitersNeedNoCarrierEach() throws Exception {
        int count = 500;
        var pairs = new ArrayList<Pair>();
        try {
            var readers = new ArrayList<CompletableFuture<Integer>>();
            for (int i = 0; i < count; i++) {
                var pair = pair();
                pairs.add(pair);
                readers.add(onVirtualThread(() -> pair.near().read(ByteBuffer.allocate(1), Deadline.in(LONG))));
            }
            // Would never run if those who wait held the carriers.
            assertThat(onVirtualThread(() -> "runs").get(45, TimeUnit.SECONDS)).isEqualTo("runs");
            for (var pair : pairs) {
                pair.far().write(bytes("x"));
            }
            for (var reader : readers) {
                assertThat(reader.get(45, TimeUnit.SECONDS)).isEqualTo(1);
            }
        } finally {
            pairs.forEach(Pair::close);
        }
    }

    /** What one end of a busy connection does over and over. */
    private interface Step {
        int run(Pair pair, ByteBuffer buffer) throws IOException;
    }

    @Test
    void readersForWhomThereIsAlwaysMoreLetOthersRun() throws Exception {
        letOthersRun(
                (pair, buffer) -> pair.near().read(buffer, Deadline.never()),
                (pair, buffer) -> pair.far().write(buffer));
    }

    @Test
    void writersForWhomThereIsAlwaysRoomLetOthersRun() throws Exception {
        letOthersRun(
                (pair, buffer) -> {
                    pair.near().write(buffer, Deadline.never());
                    return 1;
                },
                (pair, buffer) -> pair.far().read(buffer));
    }

    /** With as many busy threads as processors: small steps that never have to wait for the large ones of the other end. */
    private void letOthersRun(Step near, Step far) throws Exception {
        var over = new AtomicBoolean();
        var busy = new ArrayList<CompletableFuture<Integer>>();
        var moved = new LongAdder();
        var pairs = new ArrayList<Pair>();
        try (var other = pair()) {
            for (int i = 0; i < Runtime.getRuntime().availableProcessors(); i++) {
                var pair = pair();
                pairs.add(pair);
                Thread.ofPlatform().daemon().start(() -> feed(pair, far, over));
                busy.add(onVirtualThread(() -> {
                    var buffer = ByteBuffer.allocateDirect(1);
                    while (!over.get()) {
                        moved.add(near.run(pair, buffer.clear()));
                    }
                    return 0;
                }));
            }
            Await.until("all to be busy", LONG, () -> moved.sum() > 10_000);
            var answer = onVirtualThread(() -> other.near().read(ByteBuffer.allocate(1), Deadline.in(LONG)));
            other.far().write(bytes("x"));
            assertThat(answer.get(45, TimeUnit.SECONDS)).isEqualTo(1);
        } finally {
            over.set(true);
            for (var one : busy) {
                one.get(45, TimeUnit.SECONDS);
            }
            pairs.forEach(Pair::close);
        }
    }

    private static void feed(Pair pair, Step step, AtomicBoolean over) {
        var buffer = ByteBuffer.allocateDirect(1 << 16);
        try {
            while (!over.get()) {
                if (step.run(pair, buffer.clear()) == StreamSocket.WOULD_BLOCK) {
                    LockSupport.parkNanos(100_000);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aPeerThatAlwaysHasSomethingToSayEndsWithTheDeadlineAndTheInterrupt() throws Exception {
        try (var pair = pair()) {
            pair.far().write(bytes("more and more"));
            var late = onVirtualThread(() -> pair.near().read(ByteBuffer.allocate(1), Deadline.in(Duration.ZERO)));
            assertThatThrownBy(() -> late.get(45, TimeUnit.SECONDS)).hasCauseInstanceOf(SocketTimeoutException.class);
            var interrupted = onVirtualThread(() -> {
                Thread.currentThread().interrupt();
                return pair.near().read(ByteBuffer.allocate(1), Deadline.in(LONG));
            });
            assertThatThrownBy(() -> interrupted.get(45, TimeUnit.SECONDS))
                    .cause()
                    .isExactlyInstanceOf(InterruptedIOException.class);
        }
    }

    @Test
    void refusedConnectionsSayWhyAndLeaveNothingOpen() throws Exception {
        var closed = listener.local();
        listener.close();
        assertThatThrownBy(() -> parking.connect(StreamSocket.open(closed.family()), closed, Deadline.in(LONG)))
                .isInstanceOfSatisfying(
                        SystemCallException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ECONNREFUSED));
        assertThat(parking.size()).isZero();
    }

    @Test
    void aDetachedSocketIsTheCallersAndOpen() throws Exception {
        try (var pair = pair()) {
            try (var socket = pair.near().detach()) {
                assertThat(socket.write(bytes("mine"))).isEqualTo(4);
                assertThat(parking.size()).isZero();
                pair.near().close();
                assertThat(socket.isOpen()).isTrue();
                assertThatThrownBy(pair.near()::detach).isInstanceOf(ClosedChannelException.class);
            }
        }
    }

    @Test
    void closersAndReadersRaceWithoutTouchingAStrangersDescriptor() throws Exception {
        var failures = new AtomicInteger();
        for (int round = 0; round < 300; round++) {
            var pair = pair();
            var reading = onVirtualThread(() -> pair.near().read(ByteBuffer.allocate(1), Deadline.in(LONG)));
            var bystander = pair();
            List<CompletableFuture<Integer>> closing = List.of(
                    onVirtualThread(() -> {
                        pair.near().close();
                        return 0;
                    }),
                    onVirtualThread(() -> {
                        pair.near().abort();
                        return 0;
                    }));
            bystander.far().write(bytes("y"));
            if (bystander.near().read(ByteBuffer.allocate(1), Deadline.in(LONG)) != 1) {
                failures.incrementAndGet();
            }
            for (var one : closing) {
                one.get(45, TimeUnit.SECONDS);
            }
            assertThatThrownBy(() -> reading.get(45, TimeUnit.SECONDS)).hasCauseInstanceOf(IOException.class);
            pair.close();
            bystander.close();
        }
        assertThat(failures).hasValue(0);
        assertThat(parking.size()).isZero();
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.engine.names;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import sluice.bounds.Bound;
import sluice.dns.NameService;
import sluice.engine.park.Deadline;
import sluice.engine.park.ParkedSocket;

/**
 * One connection to port 53: messages with their length in front (RFC 1035, section 4.2.2), answered as answers come (RFC 7766, section 7). A
 * thread reads, and waits while too many queries are unanswered; whoever has an answer when nobody writes, writes.
 */
final class NameConnection {
    private static final int MOST_UNANSWERED = 32;
    private static final int LENGTH_BYTES = 2;
    private static final int LONGEST_MESSAGE = 0xffff;
    private static final int FIRST_BYTES = 512;

    private final NameConnections all;
    private final NameService names;
    private final StreamAsker asker;
    private final ParkedSocket socket;
    private final Semaphore unanswered = new Semaphore(MOST_UNANSWERED);
    private final Queue<Outgoing> outbox = new ConcurrentLinkedQueue<>();
    /** How many answers wait, the one that is being written included: whoever makes it 1 writes. */
    private final AtomicInteger queued = new AtomicInteger();
    /** What has been read of queries, up to its position. */
    private ByteBuffer received = ByteBuffer.allocate(FIRST_BYTES);

    /** An answer, and the place that it has among those that wait. */
    @SuppressWarnings("ArrayRecordComponent") // Only carried.
    private record Outgoing(byte[] answer, Bound.Place place) {}

    NameConnection(NameConnections all, NameService names, StreamAsker asker, ParkedSocket socket) {
        this.all = all;
        this.names = names;
        this.asker = asker;
        this.socket = socket;
    }

    /** Serves until the end, which closes it. On a virtual thread of {@code Parking}. */
    void serve() {
        try {
            for (var query = next(); query != null && admitted(1); query = next()) {
                answer(query);
            }
            // It may have finished its side, and wait for answers still.
            var _ = admitted(MOST_UNANSWERED);
        } catch (IOException _) {
            // Reset, silent for too long, or closed because the engine stops.
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException _) {
            all.counters.add(NameCounter.FAILED);
            socket.abort();
        } finally {
            socket.close();
        }
    }

    private boolean admitted(int queries) throws InterruptedException {
        return unanswered.tryAcquire(queries, all.limits.idle().toNanos(), TimeUnit.NANOSECONDS);
    }

    private void answer(ByteBuffer query) {
        all.counters.add(NameCounter.TCP_QUERIES);
        var answer = names.answer(asker, query, this::later);
        if (answer != null) {
            all.counters.add(NameCounter.ANSWERED_AT_ONCE);
            if (isFirst(answer)) {
                write();
            }
        }
    }

    /** Any thread, which it does not hold up. */
    private void later(byte[] answer) {
        all.counters.add(NameCounter.ANSWERED_LATER);
        if (isFirst(answer)) {
            all.parking.start("engine-dns-answer", this::write);
        }
    }

    /** Puts an answer into the outbox; whether the caller has to see to its being written. */
    private boolean isFirst(byte[] answer) {
        boolean tooLong = answer.length > LONGEST_MESSAGE;
        var place = tooLong ? null : all.waiting.take(asker, answer.length);
        if (place == null) {
            all.counters.add(tooLong ? NameCounter.FAILED : NameCounter.OVER_ANSWERS);
            socket.abort();
            return false;
        }
        outbox.add(new Outgoing(answer, place));
        return queued.getAndIncrement() == 0;
    }

    /** Writes what is in the outbox, until it is empty. */
    private void write() {
        do {
            var next = outbox.remove();
            var answer = next.answer;
            try (var _ = next.place) {
                var framed = ByteBuffer.allocate(LENGTH_BYTES + answer.length);
                socket.write(
                        framed.putShort((short) answer.length).put(answer).flip(), Deadline.in(all.limits.write()));
            } catch (SocketTimeoutException _) {
                all.counters.add(NameCounter.SLOW_READERS);
                socket.abort();
            } catch (IOException _) {
                // Gone; whoever reads finds that out too.
                socket.close();
            } finally {
                unanswered.release();
            }
        } while (queued.decrementAndGet() > 0);
    }

    /** The next query, valid until the one after it is asked for; null at the end. */
    private @Nullable ByteBuffer next() throws IOException {
        var deadline = Deadline.in(all.limits.idle());
        while (true) {
            int length = received.position() < LENGTH_BYTES ? -1 : Short.toUnsignedInt(received.getShort(0));
            if (length >= 0 && received.position() >= LENGTH_BYTES + length) {
                return take(length);
            }
            if (!received.hasRemaining()) {
                // Grows with what comes, not with what is announced.
                received = ByteBuffer.allocate(2 * received.capacity()).put(received.flip());
            }
            if (socket.read(received, deadline) < 0) {
                return null;
            }
        }
    }

    private ByteBuffer take(int length) {
        var query = ByteBuffer.allocate(length);
        received.flip().position(LENGTH_BYTES);
        query.put(received.slice(LENGTH_BYTES, length)).flip();
        received.position(LENGTH_BYTES + length);
        received.compact();
        return query;
    }

    void close() {
        socket.close();
    }
}

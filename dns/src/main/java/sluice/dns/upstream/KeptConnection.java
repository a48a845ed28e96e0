// SPDX-License-Identifier: Apache-2.0
package sluice.dns.upstream;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import sluice.dns.message.Outgoing;

/**
 * Over one connection, made when it is needed and kept for what comes next (RFC 7766 section 6.2.1). Queries that a connection leaves without an
 * answer are asked again over the next one, a few times. A server that closes connections so often gets one for each query, a few at a time.
 */
final class KeptConnection implements Transport {
    /** How many connections carry one query beside others. */
    private static final int MAX_SHARED = 4;

    /** How many connections for single queries there are at a time: servers take few from one client. */
    private static final int MAX_APART = 8;

    /** How long a server that closes connections after its answers gets one for each query. */
    private static final Duration APART = Duration.ofMinutes(5);

    private final Maker maker;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile @Nullable Connection current;
    private volatile boolean closed;
    private final AtomicInteger generation = new AtomicInteger();
    private final Semaphore places = new Semaphore(MAX_APART);
    private final Set<Connection> apart = ConcurrentHashMap.newKeySet();
    private volatile long apartUntil = System.nanoTime();

    /** Makes connections. */
    @FunctionalInterface
    interface Maker {
        Connection connect(Deadline deadline) throws IOException;
    }

    KeptConnection(Maker maker) {
        this.maker = maker;
    }

    @Override
    public byte[] ask(Outgoing query, Deadline deadline) throws IOException {
        if (apartUntil - System.nanoTime() > 0) {
            return askApart(query, deadline);
        }
        for (int i = 0; i < MAX_SHARED; i++) {
            var connection = connection(deadline);
            if (connection.isFull()) {
                return askApart(query, deadline);
            }
            try {
                return connection.ask(query, deadline);
            } catch (IOException e) {
                // Where the server has only closed the connection, the query is worth another one.
                boolean again = connection.isOpen() ? connection.isFull() : connection.leftQueries();
                if (!again || closed || deadline.isOver()) {
                    throw e;
                }
            }
        }
        apartUntil = System.nanoTime() + APART.toNanos();
        return askApart(query, deadline);
    }

    /** Over a connection for this query alone. */
    private byte[] askApart(Outgoing query, Deadline deadline) throws IOException {
        acquire(() -> places.tryAcquire(deadline.left().toNanos(), TimeUnit.NANOSECONDS));
        try {
            if (closed) {
                throw ended();
            }
            try (var connection = maker.connect(deadline)) {
                apart.add(connection);
                try {
                    if (closed) {
                        throw ended();
                    }
                    return connection.ask(query, deadline);
                } finally {
                    apart.remove(connection);
                }
            }
        } finally {
            places.release();
        }
    }

    @FunctionalInterface
    private interface Acquisition {
        boolean inTime() throws IOException, InterruptedException;
    }

    private static void acquire(Acquisition acquisition) throws IOException {
        try {
            if (!acquisition.inTime()) {
                throw new java.net.SocketTimeoutException("no connection in time");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting for a connection");
        }
    }

    private Connection connection(Deadline deadline) throws IOException {
        acquire(() -> lock.tryLock(deadline.left().toNanos(), TimeUnit.NANOSECONDS));
        try {
            if (closed) {
                throw ended();
            }
            var kept = current;
            if (kept != null && kept.isOpen()) {
                return kept;
            }
            int before = generation.get();
            var made = maker.connect(deadline);
            current = made;
            if (before != generation.get()) {
                current = null;
            }
            if (closed) {
                made.close();
                throw ended();
            }
            return made;
        } finally {
            lock.unlock();
        }
    }

    /** What waits for an answer gets it; after that the connection ends as an idle one does. */
    @Override
    public void renew() {
        generation.incrementAndGet();
        apartUntil = System.nanoTime();
        current = null;
    }

    private static IOException ended() {
        return new IOException("the server is not in use any more");
    }

    /** Waits for nobody: a connection that is being made is closed by whoever makes it. */
    @Override
    public void close() {
        closed = true;
        var kept = current;
        if (kept != null) {
            kept.close();
        }
        apart.forEach(Connection::close);
    }
}

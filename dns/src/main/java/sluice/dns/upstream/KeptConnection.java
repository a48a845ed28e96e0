// SPDX-License-Identifier: Apache-2.0
package sluice.dns.upstream;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import sluice.dns.message.Outgoing;

/** Over one connection, made when it is needed and kept for what comes next (RFC 7766 section 6.2.1). */
final class KeptConnection implements Transport {
    private final Maker maker;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile @Nullable Connection current;
    private volatile boolean closed;
    private final AtomicInteger generation = new AtomicInteger();

    /** Makes connections. */
    @FunctionalInterface
    interface Maker {
        Connection connect(Deadline deadline) throws IOException;
    }

    KeptConnection(Maker maker) {
        this.maker = maker;
    }

    private record Use(Connection connection, boolean isNew) {}

    @Override
    public byte[] ask(Outgoing query, Deadline deadline) throws IOException {
        var use = connection(deadline);
        try {
            return use.connection.ask(query, deadline);
        } catch (IOException e) {
            // The server may have ended an idle connection just now.
            if (use.isNew || use.connection.isOpen() || deadline.isOver()) {
                throw e;
            }
            return connection(deadline).connection.ask(query, deadline);
        }
    }

    private Use connection(Deadline deadline) throws IOException {
        try {
            if (!lock.tryLock(deadline.left().toNanos(), TimeUnit.NANOSECONDS)) {
                throw new java.net.SocketTimeoutException("no connection in time");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting for a connection");
        }
        try {
            if (closed) {
                throw ended();
            }
            var kept = current;
            if (kept != null && kept.isOpen()) {
                return new Use(kept, false);
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
            return new Use(made, true);
        } finally {
            lock.unlock();
        }
    }

    /** What waits for an answer gets it; after that the connection ends as an idle one does. */
    @Override
    public void renew() {
        generation.incrementAndGet();
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
    }
}

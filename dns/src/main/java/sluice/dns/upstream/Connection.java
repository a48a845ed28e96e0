// SPDX-License-Identifier: Apache-2.0
package sluice.dns.upstream;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import sluice.dns.message.Outgoing;

/** A connection to a server that carries many queries at once. Any thread. */
interface Connection extends AutoCloseable {
    /** Asks, and waits; a connection that did not bring any answer while this waited is closed. */
    byte[] ask(Outgoing query, Deadline deadline) throws IOException;

    /** Whether more can be asked. */
    boolean isOpen();

    /** Whether it carries as many queries as it can. */
    default boolean isFull() {
        return false;
    }

    /**
     * Of one that has ended: whether a query that it left without an answer may get one over a new connection. The server answered others
     * and closed it, was asked several things at once, or said that it did not look at all queries (RFC 7766 section 6.2.4).
     */
    boolean leftQueries();

    @Override
    void close();

    /** Waits for what the reading thread brings. */
    static byte[] await(CompletableFuture<byte[]> answer, Deadline deadline) throws IOException {
        try {
            return answer.get(deadline.leftOrNone().toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new java.net.SocketTimeoutException("no answer in time");
        } catch (ExecutionException e) {
            var cause = e.getCause();
            throw new IOException(cause == null ? "no answer" : cause.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new java.io.InterruptedIOException("interrupted while waiting for an answer");
        }
    }
}

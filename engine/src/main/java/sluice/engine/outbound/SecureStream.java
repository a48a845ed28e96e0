// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import java.io.IOException;
import java.nio.ByteBuffer;
import sluice.engine.park.Deadline;

/**
 * A TLS connection (RFC 8446) for virtual threads: one may read while another writes; both park. Owns its socket.
 *
 * <p>A wait that takes too long is a {@link java.net.SocketTimeoutException}, one that {@link #close} ends a
 * {@link java.nio.channels.ClosedChannelException}, an error of the connection a {@link sluice.linux.SystemCallException}, and one of the
 * protocol a {@link javax.net.ssl.SSLException}.
 */
public interface SecureStream extends AutoCloseable {
    /**
     * Reads into the buffer's remaining room; holds no buffer of its own while it waits.
     *
     * @return bytes read; -1 at the end (close_notify, or FIN)
     */
    int read(ByteBuffer into, Deadline deadline) throws IOException;

    /**
     * Reads what is there into the buffer's remaining room.
     *
     * @return bytes read; 0 when there is nothing yet; -1 at the end
     */
    int tryRead(ByteBuffer into) throws IOException;

    /**
     * After the end: whether the connection ended without close_notify, so that somebody in between may have cut something off
     * (RFC 8446, section 6.1). Reader only.
     */
    boolean isCutOff();

    /** Parks until more may be there than the last {@link #tryRead} found: so that who waits need hold no buffer. */
    void awaitReadable(Deadline deadline) throws IOException;

    /** Writes all remaining bytes. */
    void write(ByteBuffer from, Deadline deadline) throws IOException;

    /**
     * Says that nothing more will be written (close_notify). Before TLS 1.3 the other end then has to end too, and what it has not sent yet may be
     * lost (RFC 5246, section 7.2.1).
     */
    void shutdownWrite(Deadline deadline) throws IOException;

    /** setsockopt(2) with an {@code int}, of the socket below. */
    void option(int level, int name, int value) throws IOException;

    /** Ends the connection with RST. */
    void abort();

    @Override
    void close();
}

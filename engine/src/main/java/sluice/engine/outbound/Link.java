// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import java.io.IOException;
import java.nio.ByteBuffer;
import sluice.engine.park.Deadline;

/**
 * A stream of bytes to the other end of a chain: a socket, or TLS over another link. For virtual threads: one may read while another writes, and
 * any may close. Errors are those of {@link SecureStream}.
 */
interface Link extends AutoCloseable {
    /**
     * Reads what is there, without waiting.
     *
     * @param into has room
     * @return bytes read; 0 when there is nothing yet; -1 at the end
     */
    int tryRead(ByteBuffer into) throws IOException;

    /** Parks until there may be more than the last {@link #tryRead}, which returned 0, found. */
    void awaitReadable(Deadline deadline) throws IOException;

    /** Writes all remaining bytes. */
    void write(ByteBuffer from, Deadline deadline) throws IOException;

    /** Says that nothing more will be written. */
    void shutdownWrite(Deadline deadline) throws IOException;

    /** setsockopt(2) with an {@code int}, of the socket below. */
    void option(int level, int name, int value) throws IOException;

    /** Has these bytes be read before all others. */
    void unread(ByteBuffer bytes);

    /** The connection as the relay wants it; this link is not used any more then. */
    Upstream upstream() throws IOException;

    /** Ends it with RST. */
    void abort();

    @Override
    void close();

    /** As {@link #tryRead}, but waits for something; never 0. */
    default int read(ByteBuffer into, Deadline deadline) throws IOException {
        while (true) {
            deadline.check();
            int count = tryRead(into);
            if (count != 0) {
                return count;
            }
            awaitReadable(deadline);
        }
    }
}

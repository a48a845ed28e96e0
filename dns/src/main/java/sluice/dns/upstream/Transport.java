// SPDX-License-Identifier: Apache-2.0
package sluice.dns.upstream;

import java.io.IOException;
import sluice.dns.message.Outgoing;

/** A way to talk to one server. Any thread. */
interface Transport extends AutoCloseable {
    /**
     * Asks, and waits.
     *
     * @return a message that answers the question by its header and its question; nothing else of it was looked at
     */
    byte[] ask(Outgoing query, Deadline deadline) throws IOException;

    /** Has what is asked from now on go by a new connection, since the way out may be another one. */
    void renew();

    @Override
    void close();
}

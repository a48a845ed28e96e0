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

    @Override
    void close();
}

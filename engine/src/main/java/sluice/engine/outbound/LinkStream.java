// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import sluice.dns.Network;
import sluice.engine.park.Deadline;

/**
 * A link as DNS sees it.
 *
 * @param protocol what ALPN chose, or empty
 */
record LinkStream(Link link, String protocol) implements Network.Stream {
    @Override
    public int read(ByteBuffer into, Duration timeout) throws IOException {
        return link.read(into, Deadline.in(timeout));
    }

    @Override
    public void write(ByteBuffer from, Duration timeout) throws IOException {
        link.write(from, Deadline.in(timeout));
    }

    @Override
    public void close() {
        link.close();
    }
}

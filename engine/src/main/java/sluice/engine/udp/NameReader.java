// SPDX-License-Identifier: Apache-2.0
package sluice.engine.udp;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Looks for the host's name in the first datagrams of a flow (QUIC's Initial packets, RFC 9001). */
public interface NameReader {
    /**
     * Looks at the next datagram.
     *
     * @param datagram from position to limit; neither they nor the bytes change, and nothing of it is kept
     * @return whether a further datagram may help
     */
    boolean offer(ByteBuffer datagram);

    /** The name, in lower case ASCII, as soon as it is known. */
    @Nullable
    String name();
}

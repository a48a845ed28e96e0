// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import java.nio.ByteBuffer;
import sluice.linux.StreamSocket;

/** A negotiated connection. Whoever holds it closes it. */
public sealed interface Upstream extends AutoCloseable {
    /**
     * Bytes flow over the socket as they are.
     *
     * @param early what the other end has said already, for the application; empty mostly. Any buffer, from position to limit
     */
    record Bare(StreamSocket socket, ByteBuffer early) implements Upstream {
        @Override
        public void close() {
            socket.close();
        }
    }

    /** Bytes flow encrypted: a pair of virtual threads carries them. */
    record Encrypted(SecureStream stream) implements Upstream {
        @Override
        public void close() {
            stream.close();
        }
    }

    @Override
    void close();
}

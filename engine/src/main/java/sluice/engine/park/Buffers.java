// SPDX-License-Identifier: Apache-2.0
package sluice.engine.park;

import java.nio.ByteBuffer;
import java.util.concurrent.ArrayBlockingQueue;

/**
 * Direct buffers for the length of one call each: nobody parks while he holds one, so there are hardly more of them than processors. Any thread.
 */
public final class Buffers {
    /** Room of each: a whole TLS record with its header (RFC 8446, section 5.2: 2^14 + 256 + 5; RFC 5246 allows 2^14 + 2048 + 5). */
    public static final int BYTES = 18 * 1024;

    private static final int MOST_KEPT = 32;

    private final ArrayBlockingQueue<ByteBuffer> free = new ArrayBlockingQueue<>(MOST_KEPT);

    Buffers() {}

    /** An empty buffer of {@link #BYTES}; give it back. */
    public ByteBuffer take() {
        var kept = free.poll();
        return kept == null ? ByteBuffer.allocateDirect(BYTES) : kept.clear();
    }

    /** Takes it back. */
    public void give(ByteBuffer buffer) {
        var _ = free.offer(buffer);
    }
}

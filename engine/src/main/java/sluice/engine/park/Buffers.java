// SPDX-License-Identifier: Apache-2.0
package sluice.engine.park;

import java.nio.ByteBuffer;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.function.IntFunction;
import sluice.bounds.Bound;
import sluice.bounds.Claimant;

/**
 * Direct buffers for the length of one call each: who waits for something to read holds none. Where bytes have come and cannot go on yet, or others
 * have their turn, they stay in theirs; so many may wait with bytes for a peer that does not read, and no more. Any thread.
 */
public final class Buffers {
    /** Room of each: a whole TLS record with its header (RFC 8446, section 5.2: 2^14 + 256 + 5; RFC 5246 allows 2^14 + 2048 + 5). */
    public static final int BYTES = 18 * 1024;

    private static final int MOST_KEPT = 32;

    private final ArrayBlockingQueue<ByteBuffer> free = new ArrayBlockingQueue<>(MOST_KEPT);
    private final IntFunction<ByteBuffer> memory;
    private final Bound waiting;

    /**
     * Without a buffer.
     *
     * @param memory makes a direct buffer of so many bytes
     * @param waiting how many may wait at once while they hold some
     */
    Buffers(IntFunction<ByteBuffer> memory, Bound waiting) {
        this.memory = memory;
        this.waiting = waiting;
    }

    /**
     * An empty buffer of {@link #BYTES}; give it back.
     *
     * @throws NoBufferException there is no memory for one more
     */
    public ByteBuffer take() throws NoBufferException {
        var kept = free.poll();
        return kept == null ? make() : kept.clear();
    }

    private ByteBuffer make() throws NoBufferException {
        try {
            return memory.apply(BYTES);
        } catch (OutOfMemoryError e) {
            // Of memory outside the heap, which the JVM has a limit for; whoever wants this buffer can do without.
            throw new NoBufferException("take a buffer of " + BYTES + " bytes: " + e.getMessage()
                    + "; raise -XX:MaxDirectMemorySize, or carry fewer flows");
        }
    }

    /**
     * The caller begins to wait while he holds some, until he closes the place.
     *
     * @throws NoBufferException as many as may wait so do already
     */
    Bound.Place waits(Claimant claimant) throws NoBufferException {
        var place = waiting.take(claimant);
        if (place == null) {
            throw new NoBufferException("wait for a peer that does not read: " + waiting.refusal());
        }
        return place;
    }

    /** Takes it back. */
    public void give(ByteBuffer buffer) {
        var _ = free.offer(buffer);
    }
}

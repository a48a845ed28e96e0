// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import java.nio.ByteBuffer;

/** Bytes that were read too soon, and are given to the next who reads. One reader. */
final class Early {
    private static final ByteBuffer NONE = ByteBuffer.allocate(0).asReadOnlyBuffer();

    private ByteBuffer bytes = NONE;

    void put(ByteBuffer first) {
        var all = ByteBuffer.allocate(first.remaining() + bytes.remaining());
        bytes = all.put(first).put(bytes).flip();
    }

    /** Moves what fits; returns how much that was. */
    int take(ByteBuffer into) {
        int count = Math.min(bytes.remaining(), into.remaining());
        if (count > 0) {
            into.put(bytes.slice(bytes.position(), count));
            bytes.position(bytes.position() + count);
            if (!bytes.hasRemaining()) {
                bytes = NONE;
            }
        }
        return count;
    }

    /** All that is left, which is nobody's any more. */
    ByteBuffer takeAll() {
        var all = bytes;
        bytes = NONE;
        return all.duplicate();
    }
}

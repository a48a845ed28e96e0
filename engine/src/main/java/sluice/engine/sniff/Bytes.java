// SPDX-License-Identifier: Apache-2.0
package sluice.engine.sniff;

import java.nio.ByteBuffer;

/** Bytes to be read by index, as unsigned numbers. */
interface Bytes {
    /** How many there are. */
    int count();

    /** The byte at an index below {@link #count()}. */
    int at(int index);

    /** The number in two bytes. */
    default int at2(int index) {
        return at(index) << 8 | at(index + 1);
    }

    /** What remains in a buffer, whose position stays where it is. */
    static Bytes of(ByteBuffer buffer) {
        int start = buffer.position();
        int count = buffer.remaining();
        return new Bytes() {
            @Override
            public int count() {
                return count;
            }

            @Override
            public int at(int index) {
                return buffer.get(start + index) & 0xff;
            }
        };
    }

    /** The first bytes of an array. */
    static Bytes of(byte[] array, int count) {
        return of(ByteBuffer.wrap(array, 0, count));
    }
}

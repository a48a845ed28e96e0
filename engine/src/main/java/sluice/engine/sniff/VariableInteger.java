// SPDX-License-Identifier: Apache-2.0
package sluice.engine.sniff;

/** Numbers of 1, 2, 4 or 8 bytes (RFC 9000, section 16). */
final class VariableInteger {
    private VariableInteger() {}

    /** The number at a place; -1 if it does not end before {@code end}. */
    static long at(byte[] bytes, int at, int end) {
        if (at >= end || end - at < length(bytes, at)) {
            return -1;
        }
        long number = bytes[at] & 0x3f;
        for (int i = 1; i < length(bytes, at); i++) {
            number = number << 8 | (bytes[at + i] & 0xff);
        }
        return number;
    }

    /** How many bytes the number at a place has. */
    static int length(byte[] bytes, int at) {
        return 1 << ((bytes[at] & 0xff) >> 6);
    }
}

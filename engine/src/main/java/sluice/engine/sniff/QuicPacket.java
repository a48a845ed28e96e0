// SPDX-License-Identifier: Apache-2.0
package sluice.engine.sniff;

import org.jspecify.annotations.Nullable;

/**
 * A packet with a long header whose end is known (RFC 9000, sections 17.2.2 to 17.2.4).
 *
 * @param bytes the datagram
 * @param start where the packet starts
 * @param version which encryption it has
 * @param isInitial whether it is an Initial packet
 * @param connection where the destination connection id starts
 * @param connectionLength its length
 * @param number where the packet number starts, which is encrypted
 * @param end where the packet ends
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody
record QuicPacket(
        byte[] bytes,
        int start,
        QuicVersion version,
        boolean isInitial,
        int connection,
        int connectionLength,
        int number,
        int end) {
    private static final int LONG = 0x80;
    private static final int LONGEST_ID = 20;

    /** The packet that starts there; null if it is none that a client's first datagrams have. */
    static @Nullable QuicPacket read(byte[] bytes, int start) {
        int at = start + 5;
        if (bytes.length - start < 7 || (bytes[start] & LONG) == 0) {
            return null;
        }
        var version = QuicVersion.of(int4(bytes, start + 1));
        int type = bytes[start] >> 4 & 3;
        if (version == null || (type != version.initial() && type != version.zeroRtt())) {
            return null;
        }
        int connection = at + 1;
        int connectionLength = bytes[at] & 0xff;
        at = connection + connectionLength;
        if (connectionLength > LONGEST_ID || at >= bytes.length) {
            return null;
        }
        int sourceLength = bytes[at] & 0xff;
        at += 1 + sourceLength;
        if (sourceLength > LONGEST_ID) {
            return null;
        }
        if (type == version.initial()) {
            long token = VariableInteger.at(bytes, at, bytes.length);
            if (token < 0 || token > bytes.length) {
                return null;
            }
            at += VariableInteger.length(bytes, at) + (int) token;
        }
        long length = VariableInteger.at(bytes, at, bytes.length);
        if (length < 0) {
            return null;
        }
        int number = at + VariableInteger.length(bytes, at);
        if (length > bytes.length - number) {
            return null;
        }
        return new QuicPacket(
                bytes,
                start,
                version,
                type == version.initial(),
                connection,
                connectionLength,
                number,
                number + (int) length);
    }

    private static int int4(byte[] bytes, int at) {
        return (bytes[at] & 0xff) << 24
                | (bytes[at + 1] & 0xff) << 16
                | (bytes[at + 2] & 0xff) << 8
                | (bytes[at + 3] & 0xff);
    }
}

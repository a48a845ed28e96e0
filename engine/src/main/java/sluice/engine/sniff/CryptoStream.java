// SPDX-License-Identifier: Apache-2.0
package sluice.engine.sniff;

import java.util.Arrays;
import java.util.BitSet;

/** Puts the pieces of the ClientHello together that CRYPTO frames carry, in any order (RFC 9000, section 19.6). */
final class CryptoStream {
    private static final int PADDING = 0x00;
    private static final int PING = 0x01;
    private static final int ACK = 0x02;
    private static final int ACK_WITH_COUNTS = 0x03;
    private static final int CRYPTO = 0x06;

    private byte[] bytes = {};
    private final BitSet there = new BitSet();

    /**
     * Takes the frames of a packet.
     *
     * @return whether a ClientHello may still come of it
     */
    boolean take(byte[] frames) {
        int at = 0;
        while (at >= 0 && at < frames.length) {
            at = switch (frames[at]) {
                case PADDING, PING -> at + 1;
                case ACK, ACK_WITH_COUNTS -> afterAck(frames, at);
                case CRYPTO -> afterCrypto(frames, at + 1);
                // Initial packets have no other frame but CONNECTION_CLOSE.
                default -> -1;
            };
        }
        return at >= 0;
    }

    private static int afterAck(byte[] frames, int start) {
        int at = start + 1;
        long numbers = 4;
        for (long i = 0; i < numbers; i++) {
            long number = VariableInteger.at(frames, at, frames.length);
            if (number < 0) {
                return -1;
            }
            // The third number counts the ranges after the first one, of two numbers each.
            numbers += i == 2 ? 2 * Math.min(number, frames.length) : 0;
            at += VariableInteger.length(frames, at);
        }
        int counts = frames[start] == ACK_WITH_COUNTS ? 3 : 0;
        for (int i = 0; i < counts; i++) {
            if (VariableInteger.at(frames, at, frames.length) < 0) {
                return -1;
            }
            at += VariableInteger.length(frames, at);
        }
        return at;
    }

    private int afterCrypto(byte[] frames, int start) {
        long offset = VariableInteger.at(frames, start, frames.length);
        if (offset < 0 || offset > ClientHello.LONGEST) {
            return -1;
        }
        int lengthAt = start + VariableInteger.length(frames, start);
        long length = VariableInteger.at(frames, lengthAt, frames.length);
        if (length < 0) {
            return -1;
        }
        int data = lengthAt + VariableInteger.length(frames, lengthAt);
        long end = offset + length;
        if (length > frames.length - data || end > ClientHello.LONGEST) {
            return -1;
        }
        if (end > bytes.length) {
            bytes = Arrays.copyOf(bytes, (int) Math.min(ClientHello.LONGEST, Math.max(end, 2L * bytes.length)));
        }
        System.arraycopy(frames, data, bytes, (int) offset, (int) length);
        there.set((int) offset, (int) end);
        return data + (int) length;
    }

    /** What is there without a gap, from the start. */
    Bytes start() {
        return Bytes.of(bytes, there.nextClearBit(0));
    }
}

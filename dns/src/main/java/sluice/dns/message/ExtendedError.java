// SPDX-License-Identifier: Apache-2.0
package sluice.dns.message;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Reasons that go with an answer where the application speaks EDNS (RFC 8914 section 4). */
public enum ExtendedError {
    /** An answer whose time is over. */
    STALE(3),
    /** The configuration refuses this name. */
    BLOCKED(15),
    /** Too much under way, or no fake IP is free. */
    NOT_READY(14),
    /** No server answered. */
    NO_REACHABLE_AUTHORITY(22);

    private static final int LONGEST_TEXT = 200;

    private final int code;

    ExtendedError(int code) {
        this.code = code;
    }

    /** The option, in wire form. */
    byte[] option() {
        return new byte[] {0, Wire.EXTENDED_ERROR, 0, 2, 0, (byte) code};
    }

    /** The option with words for people, as many as fit beside a question into the smallest datagram. */
    byte[] option(String text) {
        byte[] words = text.substring(0, Math.min(LONGEST_TEXT, text.length())).getBytes(StandardCharsets.UTF_8);
        byte[] plain = option();
        Wire.putShort(plain, 2, 2 + words.length);
        return ByteBuffer.allocate(plain.length + words.length)
                .put(plain)
                .put(words)
                .array();
    }
}

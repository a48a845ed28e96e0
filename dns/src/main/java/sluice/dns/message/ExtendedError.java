// SPDX-License-Identifier: Apache-2.0
package sluice.dns.message;

/** Reasons that go with an answer where the application speaks EDNS (RFC 8914 section 4). */
public enum ExtendedError {
    /** An answer whose time is over. */
    STALE(3),
    /** The configuration refuses this name. */
    BLOCKED(15),
    /** Too much under way, or no made-up address is free. */
    NOT_READY(14),
    /** No server answered. */
    NO_REACHABLE_AUTHORITY(22);

    private final int code;

    ExtendedError(int code) {
        this.code = code;
    }

    /** The option, in wire form. */
    byte[] option() {
        return new byte[] {0, Wire.EXTENDED_ERROR, 0, 2, 0, (byte) code};
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.engine.udp;

/** How many bytes wait in all, for names and associations. The loop's thread only. */
final class Waiting {
    // What a queued datagram costs beside its bytes.
    private static final int OVERHEAD_BYTES = 64;

    private long bytes;

    boolean admit(int length, int most) {
        if (bytes + length + OVERHEAD_BYTES > most) {
            return false;
        }
        bytes += length + OVERHEAD_BYTES;
        return true;
    }

    void leave(int length) {
        bytes -= length + OVERHEAD_BYTES;
    }
}

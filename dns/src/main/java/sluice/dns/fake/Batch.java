// SPDX-License-Identifier: Apache-2.0
package sluice.dns.fake;

import java.util.List;

/**
 * What is to be written at once.
 *
 * @param heading what the file's slots and times mean
 * @param names by slot, as they are now
 * @param times by block, as they are now
 * @param settled until when slots may have been used without that being in a block; 0: unchanged
 */
record Batch(Heading heading, List<Name> names, List<Times> times, int settled) {
    /**
     * What slots and times mean.
     *
     * @param networks where the pools begin
     * @param ttl for how many seconds after its last use a slot keeps its name
     */
    record Heading(String networks, int ttl) {}

    /** A slot and its name; empty: none. */
    @SuppressWarnings("ArrayRecordComponent") // Only carried.
    record Name(int slot, byte[] name) {}

    /** When the slots of a block were used. */
    @SuppressWarnings("ArrayRecordComponent") // Only carried.
    record Times(int block, int[] times) {}
}

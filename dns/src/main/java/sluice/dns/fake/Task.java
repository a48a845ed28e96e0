// SPDX-License-Identifier: Apache-2.0
package sluice.dns.fake;

import java.util.List;
import java.util.function.IntConsumer;

/**
 * What the pool's thread does next.
 *
 * @param table whose names the batch has
 * @param waiting who waits for names, of this batch or an earlier one
 * @param isLast whether the pool is closed and nothing is left to be written
 */
record Task(SlotTable table, Batch batch, List<Waiting> waiting, boolean isLast) {
    /** Somebody who waits for a new name's slot. */
    record Waiting(String name, IntConsumer given) {}
}

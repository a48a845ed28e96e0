// SPDX-License-Identifier: Apache-2.0
package sluice.dns.fake;

import java.util.List;
import java.util.function.IntConsumer;
import sluice.bounds.Bound;

/**
 * What the pool's thread does next.
 *
 * @param table whose names the batch has
 * @param waiting who waits for names, of this batch or an earlier one
 * @param isLast whether the pool is closed and nothing is left to be written
 */
record Task(SlotTable table, Batch batch, List<Waiting> waiting, boolean isLast) {
    /** A query that waits for a new name's slot, and its place among those. */
    record Waiting(String name, IntConsumer given, Bound.Place place) {}
}

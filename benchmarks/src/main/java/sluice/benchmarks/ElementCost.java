// SPDX-License-Identifier: Apache-2.0
package sluice.benchmarks;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import sluice.netlink.nftables.DataType;
import sluice.netlink.nftables.Element;
import sluice.netlink.nftables.NftSet;
import sluice.netlink.nftables.Nftables;
import sluice.netlink.nftables.Table;
import sluice.netlink.nftables.Value;
import sluice.testkit.NamespaceGuard;

/**
 * What it costs to add one element to a map of marks, in a transaction of its own, acknowledged.
 *
 * @param present how many elements the map held before
 * @param p50     the median in microseconds
 * @param p99     the 99th percentile in microseconds
 */
public record ElementCost(int present, double p50, double p99) {
    private static final Table TABLE = Table.inet("element_cost");
    private static final NftSet MAP = TABLE.map("marks", DataType.CGROUP, DataType.MARK);
    private static final int BATCH = 1_000;

    /**
     * Fills a map of its own, adds {@code count} more elements one by one, and removes the table.
     *
     * @throws IllegalStateException outside a private network namespace
     */
    public static ElementCost measure(int present, int count) throws IOException {
        NamespaceGuard.requirePrivate();
        try (var nftables = Nftables.open()) {
            nftables.transaction().add(TABLE).add(MAP).commit();
            try {
                for (int from = 0; from < present; from += BATCH) {
                    var elements = new ArrayList<Element>();
                    for (int i = from; i < Math.min(present, from + BATCH); i++) {
                        elements.add(element(i));
                    }
                    nftables.transaction().addElements(MAP, elements).commit();
                }
                var nanos = new long[count];
                for (int i = 0; i < count; i++) {
                    var one = List.of(element(present + i));
                    long start = System.nanoTime();
                    nftables.transaction().addElements(MAP, one).commit();
                    nanos[i] = System.nanoTime() - start;
                }
                Arrays.sort(nanos);
                return new ElementCost(present, nanos[count / 2] / 1e3, nanos[count * 99 / 100] / 1e3);
            } finally {
                nftables.transaction().delete(TABLE).commit();
            }
        }
    }

    private static Element element(int index) {
        return Element.of(Value.cgroup(1_000_000L + index), Value.mark(3000));
    }
}

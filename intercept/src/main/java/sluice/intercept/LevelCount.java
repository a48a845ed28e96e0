// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import java.util.Arrays;

/** How many cgroups there are at each level. */
final class LevelCount {
    private int[] counts = new int[16];

    void add(int level, int by) {
        if (level >= counts.length) {
            counts = Arrays.copyOf(counts, level * 2);
        }
        counts[level] += by;
    }

    Levels.Range range() {
        int lowest = 0;
        int deepest = 0;
        for (int level = 1; level < counts.length; level++) {
            if (counts[level] > 0) {
                lowest = lowest == 0 ? level : lowest;
                deepest = level;
            }
        }
        return new Levels.Range(lowest, deepest);
    }
}

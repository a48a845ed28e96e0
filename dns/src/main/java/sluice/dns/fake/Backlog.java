// SPDX-License-Identifier: Apache-2.0
package sluice.dns.fake;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What a pool's file does not have yet. Behind the pool's lock. */
final class Backlog {
    /** How many seconds of use a crash may make us forget. */
    static final int TIMES_INTERVAL = 300;

    /** How many names are written at once. */
    private static final int MOST_WRITTEN = 4096;

    private Batch.@Nullable Heading written;
    private int timesWritten;

    Backlog(int now) {
        timesWritten = now - TIMES_INTERVAL;
    }

    /** Whether something is to be written now. */
    boolean isDue(SlotTable table, Batch.Heading heading, int now) {
        return !table.changed().isEmpty() || !heading.equals(written) || areTimesDue(table, now);
    }

    private boolean areTimesDue(SlotTable table, int now) {
        return !table.touchedBlocks().isEmpty() && now - timesWritten >= TIMES_INTERVAL;
    }

    /** How long times of use may still wait. */
    long nanosUntilTimes(SlotTable table, int now) {
        return table.touchedBlocks().isEmpty()
                ? Long.MAX_VALUE
                : TimeUnit.SECONDS.toNanos(timesWritten + TIMES_INTERVAL - now);
    }

    /**
     * What is to be written, which then counts as written.
     *
     * @param last whether times of use are, even if they could wait
     */
    Batch take(SlotTable table, Batch.Heading heading, int now, boolean last) {
        var names = new ArrayList<Batch.Name>();
        var changed = table.changed();
        for (int slot = changed.nextSetBit(0); slot >= 0 && names.size() < MOST_WRITTEN; ) {
            names.add(new Batch.Name(slot, table.bytes(slot)));
            changed.clear(slot);
            slot = changed.nextSetBit(slot + 1);
        }
        if (!last && !areTimesDue(table, now)) {
            return new Batch(heading, names, List.of(), 0);
        }
        var times = new ArrayList<Batch.Times>();
        table.touchedBlocks().stream().forEach(block -> times.add(new Batch.Times(block, table.times(block))));
        table.touchedBlocks().clear();
        timesWritten = now;
        return new Batch(heading, names, times, last ? now : now + TIMES_INTERVAL);
    }

    /** The file has this, or has nothing. */
    void has(Batch.@Nullable Heading heading) {
        written = heading;
    }

    /** Puts back what could not be written. */
    void putBack(SlotTable table, Batch batch) {
        batch.names().forEach(entry -> table.changed().set(entry.slot()));
        batch.times().forEach(entry -> table.touchedBlocks().set(entry.block()));
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.daemon;

import java.io.IOException;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sluice.linux.ResidentMemory;

/**
 * Keeps the idle daemon small: a moment after the start, and after the last request or many flows, what only that needed is given back.
 * Control thread only.
 */
final class Footprint {
    private static final Duration QUIET = Duration.ofSeconds(1);

    /** Each leaves some 25 bytes among the old objects. */
    private static final int REMOVALS_PER_COLLECTION = 25_000;

    /** How often flows are counted: too seldom to cost an idle machine anything. */
    private static final Duration LOOK = Duration.ofSeconds(5);

    /** Each leaves some 170 bytes among the old objects where somebody follows, since those that ended last are remembered until they are old. */
    private static final int FLOWS_PER_COLLECTION = 25_000;

    /** What is worth a collection when there is nothing else to do. */
    private static final int FLOWS_WHEN_QUIET = 1_000;

    /** Giving a name an address leaves much more, most of it by the file. */
    private static final int NAMES_PER_COLLECTION = 10_000;

    /** A heap that has grown by this is worth a collection when there is nothing else to do: lists were read, say. */
    private static final long HEAP_GROWTH = 8L << 20;

    private static final Logger LOG = LoggerFactory.getLogger(Footprint.class);

    private final ControlLoop loop;
    private ControlLoop.@Nullable Alarm alarm;
    private int removals;
    private long flows;
    private long flowsCollected;
    private long names;
    /** What the heap had after it was collected last; at first what the launcher begins with. */
    private volatile long heap = 8L << 20;

    Footprint(ControlLoop loop) {
        this.loop = loop;
    }

    /** Something has just used memory that it will not need for long. */
    void reduceSoon() {
        if (alarm != null) {
            alarm.close();
        }
        alarm = loop.after(QUIET, this::reduce);
    }

    /**
     * So many cgroups are gone. The serial collector looks at old objects only when the heap cannot grow any more, which may be gigabytes
     * later.
     */
    void removed(int cgroups) {
        removals += cgroups;
        if (removals >= REMOVALS_PER_COLLECTION) {
            removals = 0;
            System.gc();
        }
    }

    /**
     * From now on collects what flows leave.
     *
     * @param started how many there have been
     */
    void follow(LongSupplier started) {
        loop.after(LOOK, () -> {
            look(started.getAsLong());
            follow(started);
        });
    }

    private void look(long started) {
        boolean quiet = started == flows;
        flows = started;
        if (started - flowsCollected >= (quiet ? FLOWS_WHEN_QUIET : FLOWS_PER_COLLECTION)) {
            flowsCollected = started;
            System.gc();
            if (quiet) {
                reduceSoon();
            }
        }
    }

    /** So many names have a fake IP now. */
    void remembered(long count) {
        boolean collect = count - names >= NAMES_PER_COLLECTION;
        names = collect ? count : Math.min(names, count);
        if (collect) {
            System.gc();
            reduceSoon();
        }
    }

    /** An engine that only warmed up is gone, and with it some megabytes of the heap. */
    void warmedUp() {
        System.gc();
        reduceSoon();
    }

    private void reduce() {
        alarm = null;
        if (loop.quietFor().compareTo(QUIET) < 0) {
            // Pages that are given back while there is work are missed at once.
            reduceSoon();
            return;
        }
        // Looking through the address space takes milliseconds that the control thread owes to new cgroups.
        Thread.ofPlatform().daemon().name("footprint").start(this::giveBack);
    }

    private void giveBack() {
        if (Runtime.getRuntime().totalMemory() - heap >= HEAP_GROWTH) {
            System.gc();
            heap = Runtime.getRuntime().totalMemory();
        }
        try {
            ResidentMemory.giveBack();
        } catch (IOException e) {
            LOG.warn("give memory back: {}, ignoring", e.getMessage());
        }
    }
}

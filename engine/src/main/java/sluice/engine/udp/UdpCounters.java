// SPDX-License-Identifier: Apache-2.0
package sluice.engine.udp;

import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;

/** Counts since the engine started. The loop's thread adds, any thread reads. */
public final class UdpCounters {
    private final Map<UdpCounter, AtomicLong> counts = new EnumMap<>(UdpCounter.class);

    UdpCounters() {
        for (var counter : UdpCounter.values()) {
            counts.put(counter, new AtomicLong());
        }
    }

    void add(UdpCounter counter, long more) {
        // One writer: no need for a locked instruction for each datagram.
        var count = of(counter);
        count.setOpaque(count.getPlain() + more);
    }

    /** One of them. */
    public long count(UdpCounter counter) {
        return of(counter).getOpaque();
    }

    private AtomicLong of(UdpCounter counter) {
        return Objects.requireNonNull(counts.get(counter));
    }

    /** All of them, one after the other, by their names in lower case with dashes. */
    public Map<String, Long> counts() {
        var all = new LinkedHashMap<String, Long>();
        for (var counter : UdpCounter.values()) {
            all.put(counter.name().toLowerCase(Locale.ROOT).replace('_', '-'), count(counter));
        }
        return all;
    }
}

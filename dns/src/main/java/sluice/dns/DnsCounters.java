// SPDX-License-Identifier: Apache-2.0
package sluice.dns;

import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;

/** Counts since DNS started. Any thread. */
public final class DnsCounters {
    private final Map<DnsCounter, AtomicLong> counts = new EnumMap<>(DnsCounter.class);

    DnsCounters() {
        for (var counter : DnsCounter.values()) {
            counts.put(counter, new AtomicLong());
        }
    }

    /** One more. */
    public void add(DnsCounter counter) {
        of(counter).incrementAndGet();
    }

    /** One of them. */
    public long count(DnsCounter counter) {
        return of(counter).get();
    }

    private AtomicLong of(DnsCounter counter) {
        return Objects.requireNonNull(counts.get(counter));
    }

    /** All of them, one after the other, by their names in lower case with dashes. */
    public Map<String, Long> counts() {
        var all = new LinkedHashMap<String, Long>();
        for (var counter : DnsCounter.values()) {
            all.put(counter.name().toLowerCase(Locale.ROOT).replace('_', '-'), count(counter));
        }
        return all;
    }
}

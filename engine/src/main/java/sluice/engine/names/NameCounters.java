// SPDX-License-Identifier: Apache-2.0
package sluice.engine.names;

import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

/** Counts since the engine started. Any thread. */
public final class NameCounters {
    private final Map<NameCounter, LongAdder> counts = new EnumMap<>(NameCounter.class);

    /** All zero. */
    public NameCounters() {
        for (var counter : NameCounter.values()) {
            counts.put(counter, new LongAdder());
        }
    }

    /** Counts one more. */
    public void add(NameCounter counter) {
        of(counter).increment();
    }

    /** One of them. */
    public long count(NameCounter counter) {
        return of(counter).sum();
    }

    private LongAdder of(NameCounter counter) {
        return Objects.requireNonNull(counts.get(counter));
    }

    /** All of them, one after the other, by their names in lower case with dashes. */
    public Map<String, Long> counts() {
        var all = new LinkedHashMap<String, Long>();
        for (var counter : NameCounter.values()) {
            all.put(counter.name().toLowerCase(Locale.ROOT).replace('_', '-'), count(counter));
        }
        return all;
    }
}

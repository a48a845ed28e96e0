// SPDX-License-Identifier: Apache-2.0
package sluice.benchmarks;

import java.util.HashMap;
import java.util.Map;

/**
 * What came of one run of src/main/c/load-client.c.
 *
 * @param values by name, as on its last line
 */
public record Load(Map<String, Double> values) {
    /** Keeps an unmodifiable map. */
    public Load {
        values = Map.copyOf(values);
    }

    /** Reads the last line of its output: {@code NAME VALUE NAME VALUE}. */
    static Load of(String output) {
        var words = output.substring(output.stripTrailing().lastIndexOf('\n') + 1)
                .strip()
                .split(" ");
        var values = new HashMap<String, Double>();
        for (int i = 0; i + 1 < words.length; i += 2) {
            values.put(words[i], Double.parseDouble(words[i + 1]));
        }
        return new Load(values);
    }

    /** A value that has to be there. */
    public double value(String name) {
        var value = values.get(name);
        if (value == null) {
            throw new IllegalStateException("read the result of load-client: no " + name + " among " + values);
        }
        return value;
    }

    /** Bits per second in units of 10^9. */
    public double gigabits() {
        return value("bytes") * 8 / value("seconds") / 1e9;
    }

    /** Bytes in units of 2^30. */
    public double gibibytes() {
        return value("bytes") / (1 << 30);
    }

    /** How many of them per second. */
    public double perSecond(String name) {
        return value(name) / value("seconds");
    }
}

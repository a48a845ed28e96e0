// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.util.HashMap;
import java.util.Map;

/**
 * Keys that other programs have, or that a reader of the documentation may expect, and what they are called here: for
 * messages that say what to write.
 *
 * @param entries by the key that is not known here
 */
record Misnomers(Map<String, Entry> entries) {
    static final Misnomers NONE = new Misnomers(Map.of());

    /**
     * What a key means.
     *
     * @param meant the key that stands for the same here; empty if there is none
     * @param value the value that belongs to it; empty for the one that is there
     * @param allowed what a message says of it
     * @param remedy what to write
     * @param same whether {@code meant} can simply take its place
     */
    record Entry(String meant, String value, String allowed, String remedy, boolean same) {}

    /** Collects them. */
    static final class Builder {
        private final Map<String, Entry> entries = new HashMap<>();

        /** Keys whose value is right for the key of this name. */
        Builder are(String meant, String... keys) {
            for (String key : keys) {
                entries.put(key, new Entry(meant, "", "here it is called " + meant, "write " + meant + ": …", true));
            }
            return this;
        }

        /** Keys that mean a key with a value, whatever value they have. */
        Builder means(String keyAndValue, String... keys) {
            String[] parts = keyAndValue.split(": ", 2);
            for (String key : keys) {
                entries.put(
                        key,
                        new Entry(parts[0], parts[1], "here it is called " + parts[0], "write " + keyAndValue, true));
            }
            return this;
        }

        /** Keys that need more than another name. */
        Builder mean(String meant, String allowed, String remedy, String... keys) {
            for (String key : keys) {
                entries.put(key, new Entry(meant, "", allowed, remedy, false));
            }
            return this;
        }

        Misnomers build() {
            return new Misnomers(Map.copyOf(entries));
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.engine;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A word and {@code key=value}, in quotes where a value has a space in it. One thread. */
final class LogLine {
    private final StringBuilder text;

    /** @param word what it is about */
    LogLine(String word) {
        text = new StringBuilder(word);
    }

    /** Adds a value; nothing where it is null. */
    LogLine put(String key, @Nullable Object value) {
        if (value == null) {
            return this;
        }
        var word = Objects.toString(value);
        boolean plain = !word.isEmpty() && word.chars().noneMatch(c -> c <= ' ' || c == '"' || c == '\\');
        text.append(' ').append(key).append('=');
        if (plain) {
            text.append(word);
        } else {
            text.append('"')
                    .append(word.replace("\\", "\\\\").replace("\"", "\\\""))
                    .append('"');
        }
        return this;
    }

    @Override
    public String toString() {
        return text.toString();
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.util.Comparator;

/**
 * Something wrong with a configuration file, at one place in it.
 *
 * @param severity whether the file can be used in spite of it
 * @param file the file's name, as the caller gave it
 * @param line from 1
 * @param column from 1, in characters
 * @param key path of the key, {@code rules[3].tproxy}; empty for the file as a whole
 * @param found what is wrong, in words
 * @param allowed what would be right; empty where {@code found} says it all
 * @param remedy what to do; empty where {@code allowed} says it all
 */
public record Problem(
        Severity severity, String file, int line, int column, String key, String found, String allowed, String remedy) {

    /** By place in the file, errors before warnings. */
    public static final Comparator<Problem> BY_PLACE = Comparator.comparing(Problem::file)
            .thenComparingInt(Problem::line)
            .thenComparingInt(Problem::column)
            .thenComparing(Problem::severity)
            .thenComparing(Problem::key)
            .thenComparing(Problem::found);

    /** How bad it is. */
    public enum Severity {
        /** The file cannot be used. */
        ERROR,
        /** The file can be used; it may not do what was meant. */
        WARNING
    }

    /** One line: {@code config.yaml:12:5: rules[3].tproxy: unknown tproxy "mihom": known are mihomo; did you mean …}. */
    @Override
    public String toString() {
        var line = new StringBuilder(file)
                .append(':')
                .append(this.line)
                .append(':')
                .append(column)
                .append(": ");
        if (severity == Severity.WARNING) {
            line.append("warning: ");
        }
        if (!key.isEmpty()) {
            line.append(key).append(": ");
        }
        line.append(found);
        if (!allowed.isEmpty()) {
            line.append(": ").append(allowed);
        }
        if (!remedy.isEmpty()) {
            line.append("; ").append(remedy);
        }
        return line.toString();
    }
}

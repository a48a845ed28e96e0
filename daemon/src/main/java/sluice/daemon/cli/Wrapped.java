// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

import java.util.ArrayList;
import java.util.List;

/** Text that is broken between words where the terminal is narrow. */
final class Wrapped {
    private Wrapped() {}

    /**
     * A text as lines of at most so many columns. A word is broken only where it is longer than a line.
     *
     * @param indent blanks in front of all lines but the first
     */
    static List<String> lines(String text, int indent, int room) {
        if (TextWidth.of(text) <= room) {
            return List.of(text);
        }
        var margin = " ".repeat(Math.min(indent, room / 2));
        List<String> lines = new ArrayList<>();
        var line = new StringBuilder();
        boolean empty = true;
        for (var word : text.split("(?<= )(?=[^ ])", -1)) {
            if (!empty && TextWidth.of(line.toString()) + TextWidth.of(word.stripTrailing()) > room) {
                lines.add(line.toString().stripTrailing());
                line = new StringBuilder(margin);
            }
            var rest = word;
            while (TextWidth.of(line.toString()) + TextWidth.of(rest.stripTrailing()) > room) {
                int space = room - TextWidth.of(line.toString());
                // At least one character, however wide.
                var front = TextWidth.front(rest, space);
                front = front.isEmpty() ? rest.substring(0, rest.offsetByCodePoints(0, 1)) : front;
                lines.add(line + front);
                line = new StringBuilder(margin);
                rest = rest.substring(front.length());
            }
            line.append(rest);
            empty = false;
        }
        if (!line.toString().isBlank() || lines.isEmpty()) {
            lines.add(line.toString().stripTrailing());
        }
        return lines;
    }
}

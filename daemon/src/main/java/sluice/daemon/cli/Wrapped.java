// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

import java.util.ArrayList;
import java.util.List;

/** Text that is broken between words where the terminal is narrow. */
final class Wrapped {
    private Wrapped() {}

    /**
     * A text as lines of at most so many columns. Words that are longer stand alone and are not broken, so that they can be copied.
     *
     * @param indent blanks in front of all lines but the first
     */
    static List<String> lines(String text, int indent, int room) {
        if (TextWidth.of(text) <= room) {
            return List.of(text);
        }
        List<String> lines = new ArrayList<>();
        var line = new StringBuilder();
        int words = 0;
        for (var word : text.split("(?<= )(?=[^ ])", -1)) {
            int width = TextWidth.of(line.toString()) + TextWidth.of(word.stripTrailing());
            if (words > 0 && width > room) {
                lines.add(line.toString().stripTrailing());
                line = new StringBuilder(" ".repeat(Math.min(indent, room / 2)));
                words = 0;
            }
            line.append(word);
            words += word.isBlank() ? 0 : 1;
        }
        lines.add(line.toString().stripTrailing());
        return lines;
    }
}

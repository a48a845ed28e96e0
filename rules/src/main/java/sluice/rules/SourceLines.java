// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The lines of a file, for explaining what is wrong with them. Lines and columns count from 1, as {@link Position}'s. */
final class SourceLines {
    private static final Pattern DASHES = Pattern.compile(" *((?:- +)*)");

    private final List<String> lines;

    SourceLines(String text) {
        lines = text.lines().toList();
    }

    /**
     * A column in which something begins: an item of a list or a key.
     *
     * @param indentation how many characters stand before it
     * @param item whether it is the dash of an item
     */
    record Level(int line, int indentation, boolean item) {}

    int count() {
        return lines.size();
    }

    /** A line without its end; empty behind the last one. */
    String text(int line) {
        return line >= 1 && line <= lines.size() ? lines.get(line - 1) : "";
    }

    /** The line up to a place. */
    String before(Position at) {
        String line = text(at.line());
        int column = Math.min(at.column() - 1, line.codePointCount(0, line.length()));
        return line.substring(0, line.offsetByCodePoints(0, column));
    }

    /** The line from a place on. */
    String from(Position at) {
        return text(at.line()).substring(before(at).length());
    }

    /** The place of a character of a line. */
    Position position(int line, int index) {
        return new Position(line, text(line).codePointCount(0, index) + 1);
    }

    /** Whether there is more than blanks and a comment in a line. */
    boolean hasContent(int line) {
        String content = text(line).strip();
        return !content.isEmpty() && !content.startsWith("#");
    }

    /** The last line in front of this one that has content; 0 if there is none. */
    int contentBefore(int line) {
        int before = Math.min(line - 1, count());
        while (before > 0 && !hasContent(before)) {
            before--;
        }
        return before;
    }

    int indentation(int line) {
        String text = text(line);
        int blanks = 0;
        while (blanks < text.length() && text.charAt(blanks) == ' ') {
            blanks++;
        }
        return blanks;
    }

    /** What begins in a line, from the left: the dashes of items, and the key or value behind them. */
    List<Level> levels(int line) {
        Matcher matcher = DASHES.matcher(text(line));
        List<Level> levels = new ArrayList<>();
        if (matcher.lookingAt()) {
            for (int dash = text(line).indexOf('-'); dash >= 0 && dash < matcher.end(); ) {
                levels.add(new Level(line, dash, true));
                dash = text(line).indexOf('-', dash + 1);
            }
            levels.add(new Level(line, matcher.end(), false));
        }
        return levels;
    }
}

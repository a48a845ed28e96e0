// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Which brackets are open at a place of a file, and where the last quotes were. Reads roughly as YAML does, from the start
 * of the file; only for explaining errors.
 */
final class OpenTokens {
    /** A bracket that opens. */
    record Bracket(char sign, Position at) {
        char closing() {
            return sign == '{' ? '}' : ']';
        }
    }

    /**
     * Text between quotes.
     *
     * @param end line of the closing quote; 0 if there is none before the place asked for
     */
    record Quoted(char sign, Position at, int end) {
        boolean isLong() {
            return end != at.line();
        }
    }

    private final SourceLines lines;
    private final Deque<Bracket> brackets = new ArrayDeque<>();
    private @Nullable Quoted quoted;

    /** What is open at a place. */
    OpenTokens(SourceLines lines, Position end) {
        this.lines = lines;
        for (int line = 1; line <= Math.min(end.line(), lines.count()); line++) {
            int until = line == end.line()
                    ? lines.before(end).length()
                    : lines.text(line).length();
            scan(line, until);
            if (brackets.isEmpty() && !isInQuotes() && startsBlock(lines.text(line))) {
                line = endOfBlock(line, end.line());
            }
        }
    }

    /** The innermost bracket that is open. */
    @Nullable
    Bracket bracket() {
        return brackets.peek();
    }

    /** The last text between quotes; null if there was none. */
    @Nullable
    Quoted quoted() {
        return quoted;
    }

    private boolean isInQuotes() {
        return quoted != null && quoted.end() == 0;
    }

    private void scan(int line, int until) {
        String text = lines.text(line);
        for (int i = 0; i < until; i++) {
            char c = text.charAt(i);
            Quoted open = quoted;
            if (open != null && open.end() == 0) {
                if (c == '\\' && open.sign() == '"') {
                    i++;
                } else if (c == open.sign()) {
                    boolean escaped = c == '\'' && text.startsWith("''", i);
                    i += escaped ? 1 : 0;
                    quoted = escaped ? open : new Quoted(open.sign(), open.at(), line);
                }
            } else if (c == '#' && (i == 0 || " ,[]{}\"'".indexOf(text.charAt(i - 1)) >= 0)) {
                return;
            } else if ((c == '"' || c == '\'') && startsToken(text, i)) {
                quoted = new Quoted(c, lines.position(line, i), 0);
            } else if ((c == '{' || c == '[') && (!brackets.isEmpty() || startsToken(text, i))) {
                brackets.push(new Bracket(c, lines.position(line, i)));
            } else if ((c == '}' || c == ']') && !brackets.isEmpty()) {
                brackets.pop();
            }
        }
    }

    /** Whether what stands here is the start of a text, and not within one. */
    private static boolean startsToken(String text, int index) {
        int last = index - 1;
        while (last >= 0 && text.charAt(last) == ' ') {
            last--;
        }
        if (last < 0) {
            return true;
        }
        char sign = text.charAt(last);
        return ",[{".indexOf(sign) >= 0 || ((sign == ':' || sign == '-') && last < index - 1);
    }

    /** Whether the lines that follow, as far as they are indented, are text. */
    private static boolean startsBlock(String line) {
        String text = line.stripTrailing();
        int sign = text.length() - 1;
        while (sign >= 0 && "-+0123456789".indexOf(text.charAt(sign)) >= 0) {
            sign--;
        }
        if (sign < 0 || "|>".indexOf(text.charAt(sign)) < 0) {
            return false;
        }
        String before = text.substring(0, sign).stripTrailing();
        return before.isEmpty() || before.endsWith(":") || before.endsWith("-");
    }

    /** The last line of the block of text that begins behind a line. */
    private int endOfBlock(int line, int last) {
        int at = line;
        while (at + 1 < last && (lines.text(at + 1).isBlank() || lines.indentation(at + 1) > lines.indentation(line))) {
            at++;
        }
        return at;
    }
}

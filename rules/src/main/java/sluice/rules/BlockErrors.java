// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Explains errors outside of brackets, where the indentation tells what belongs together. */
record BlockErrors(SourceLines lines, Position at, Position contextAt, boolean isKey) {
    private static final Pattern NO_BLANK_BEHIND_COLON =
            Pattern.compile(" *(?:- +)*([A-Za-z][A-Za-z0-9-]*):(?!//)\\S.*");
    private static final Pattern NO_BLANK_BEHIND_DASH = Pattern.compile(" *-[^-\\s].*");
    private static final Pattern KEY = Pattern.compile(" *(?:- +)*[^\\s#].*?:(?:\\s.*)?");

    /** What is wrong; null if that is not understood. */
    @Nullable
    SyntaxError explain() {
        int before = lines.contentBefore(at.line());
        for (int line : new int[] {contextAt.line(), at.line(), before}) {
            SyntaxError blank = missingBlank(line);
            if (blank != null) {
                return blank;
            }
        }
        String rest = lines.from(at);
        if (rest.startsWith("}") || rest.startsWith("]")) {
            String opening = rest.startsWith("}") ? "{" : "[";
            return new SyntaxError(
                    at,
                    "found " + rest.charAt(0) + " without a " + opening + " in front of it",
                    "",
                    "remove it, or write " + opening);
        }
        if (rest.startsWith(":") && lines.before(at).contains(": ")) {
            return new SyntaxError(
                    at,
                    "found \": \" in text",
                    "that ends a key in YAML",
                    "put quotes around text that contains \": \"");
        }
        SyntaxError colon = isKey ? noKey() : null;
        colon = colon == null ? missingColon(contextAt.line()) : colon;
        colon = colon == null ? missingColon(before) : colon;
        if (colon != null) {
            return colon;
        }
        boolean starts = lines.before(at).matches("[- ]*") || rest.startsWith(":");
        SyntaxError indentation = starts ? indentation() : null;
        return indentation == null ? goesOn() : indentation;
    }

    /** Something begins where a value should have ended. */
    private @Nullable SyntaxError goesOn() {
        String rest = lines.from(at);
        if (rest.startsWith("- ") || rest.equals("-")) {
            return new SyntaxError(
                    at,
                    "found a dash behind text",
                    "an item of a list has a line of its own",
                    "start a new line in front of it");
        }
        if (rest.startsWith("? ") || rest.equals("?")) {
            return SyntaxErrors.special(at, '?');
        }
        boolean first = lines.before(at).matches("[- ]*");
        if (first && (rest.startsWith(",") || rest.startsWith(":"))) {
            return SyntaxErrors.special(at, rest.charAt(0));
        }
        if (first) {
            return rest.startsWith("{") || rest.startsWith("[")
                    ? new SyntaxError(
                            at,
                            "text goes on where the value before it has ended",
                            "",
                            "write \"- \" in front of an item of a list")
                    : null;
        }
        return new SyntaxError(
                at,
                "text goes on where its value has ended",
                "",
                "start a new line in front of it, or put quotes around the whole text");
    }

    private @Nullable SyntaxError missingBlank(int line) {
        String text = lines.text(line);
        Matcher colon = NO_BLANK_BEHIND_COLON.matcher(text);
        if (colon.matches()) {
            return missingBlank(lines.position(line, colon.end(1)), colon.group(1));
        }
        return NO_BLANK_BEHIND_DASH.matcher(text).matches()
                ? new SyntaxError(
                        lines.position(line, lines.indentation(line)),
                        "a blank is missing behind the dash",
                        "without it this is no item of a list",
                        "write \"- \"")
                : null;
    }

    /** A colon that does not end a key, because text follows at once. */
    static SyntaxError missingBlank(Position at, String key) {
        return new SyntaxError(
                at,
                "a blank is missing after the colon",
                "without it this is one word",
                "write \"" + Words.printable(key) + ": \"");
    }

    /** A line that is indented otherwise than what is still open there: the same kind of thing with the least difference. */
    private @Nullable SyntaxError indentation() {
        boolean item = lines.text(at.line()).strip().startsWith("- ");
        int here = lines.indentation(at.line());
        SourceLines.Level nearest = null;
        int open = Integer.MAX_VALUE;
        for (int line = lines.contentBefore(at.line()); line > 0 && open > 0; line = lines.contentBefore(line)) {
            for (SourceLines.Level level : lines.levels(line).reversed()) {
                if (level.indentation() >= open) {
                    continue;
                }
                boolean nearer = nearest == null
                        || Math.abs(level.indentation() - here) < Math.abs(nearest.indentation() - here);
                if (level.item() == item && nearer) {
                    nearest = level;
                }
                open = level.indentation();
            }
        }
        if (nearest == null || nearest.indentation() == here) {
            return null;
        }
        return new SyntaxError(
                lines.position(at.line(), here),
                "line " + at.line() + " is indented by " + here + ", its neighbour in line " + nearest.line() + " by "
                        + nearest.indentation(),
                "what belongs together starts in the same column",
                "put the same number of spaces in front of both");
    }

    /** A sign that begins something else than a key, where a key begins. */
    private @Nullable SyntaxError noKey() {
        int line = contextAt.line();
        String text = lines.text(line).strip();
        char sign = text.isEmpty() ? 0 : text.charAt(0);
        Position start = lines.position(line, lines.indentation(line));
        if (sign == '*' || sign == '&' || sign == '!') {
            return SyntaxErrors.special(start, sign);
        }
        return sign == '{' || sign == '['
                ? new SyntaxError(
                        start,
                        "line " + line + " is indented like the key it belongs to",
                        "",
                        "put spaces in front of it")
                : null;
    }

    private @Nullable SyntaxError missingColon(int line) {
        String text = lines.text(line).strip();
        if (text.isEmpty() || text.startsWith("- ") || KEY.matcher(text).matches()) {
            return null;
        }
        Position start = lines.position(line, lines.indentation(line));
        return new SyntaxError(
                start,
                "there is no colon in line " + line,
                "KEY: VALUE is expected",
                "write a colon and a blank behind the key");
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Explains errors between brackets. */
record FlowErrors(SourceLines lines, Position at, OpenTokens open) {
    /** A word that may be a key whose comma in front is missing: it stands behind a value. */
    private static final Pattern KEY_BEHIND_VALUE = Pattern.compile("[^\\s,:\\[{][ ]+([A-Za-z][A-Za-z0-9-]*)$");

    private static final String COMMA = "write a comma between entries";

    /** What is wrong; null if that is not understood. */
    @Nullable
    SyntaxError explain(boolean atEnd) {
        OpenTokens.Bracket bracket = open.bracket();
        if (bracket == null) {
            return null;
        }
        String rest = lines.from(at);
        char sign = rest.isEmpty() ? 0 : rest.charAt(0);
        boolean closes = sign == '}' || sign == ']';
        boolean otherLine = at.line() != bracket.at().line();
        if (atEnd
                || (otherLine
                        && !closes
                        && indentation(at.line()) <= indentation(bracket.at().line()))) {
            return unclosed(bracket);
        }
        if (closes) {
            return new SyntaxError(
                    at,
                    "found " + sign + " where the " + bracket.sign() + " of " + place(bracket) + " is still open",
                    "",
                    "write " + bracket.closing() + " in front of it, or remove it");
        }
        if (sign == ':') {
            return colon();
        }
        if (rest.startsWith("- ")) {
            return new SyntaxError(
                    at,
                    "found a dash between brackets",
                    "items there are divided by commas",
                    "remove the dash, or the brackets");
        }
        return missingComma(at);
    }

    private int indentation(int line) {
        return lines.indentation(line);
    }

    private SyntaxError unclosed(OpenTokens.Bracket bracket) {
        int last = lines.contentBefore(at.line());
        if (at.line() > lines.count() || last == 0 || !lines.before(at).matches("[- ]*")) {
            last = Math.min(at.line(), lines.count());
        }
        return new SyntaxError(
                bracket.at(),
                "the " + bracket.sign() + " opened here is not closed",
                "",
                "write " + bracket.closing() + " where it ends, at the latest in line "
                        + Math.max(last, bracket.at().line()));
    }

    private String place(OpenTokens.Bracket bracket) {
        return bracket.at().line() == at.line()
                ? "column " + bracket.at().column()
                : "line " + bracket.at().line();
    }

    private SyntaxError colon() {
        String before = lines.before(at);
        Matcher key = KEY_BEHIND_VALUE.matcher(before);
        if (key.find()) {
            return missingComma(lines.position(at.line(), key.start(1)));
        }
        String what = before.endsWith("]") || before.endsWith("}") ? "text behind a closing bracket" : "\": \" in text";
        return new SyntaxError(
                at,
                "found " + what,
                "that ends a key in YAML",
                "put quotes around text that contains brackets or \": \"");
    }

    private SyntaxError missingComma(Position where) {
        if (lines.before(where).isBlank()) {
            int line = lines.contentBefore(where.line());
            return new SyntaxError(
                    lines.position(line, lines.text(line).stripTrailing().length()),
                    "a comma is missing at the end of line " + line,
                    "",
                    COMMA);
        }
        return new SyntaxError(where, "a comma is missing in front of this", "", COMMA);
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;

/** Says what an error of the YAML parser means: which sign is missing or too many, where, and what to write. */
final class SyntaxErrors {
    private static final String CURLY_QUOTES = "[\u201c\u201d\u201e\u201f\u2018\u2019\u201a\u201b\u00ab\u00bb]";
    private static final Pattern CURLY_QUOTE_IN_LINE = Pattern.compile("(?<=^|[\\s,\\[{:])" + CURLY_QUOTES);
    private static final Pattern CURLY_QUOTE_AROUND = Pattern.compile("^" + CURLY_QUOTES + "|" + CURLY_QUOTES + "$");

    private static final Pattern FOREIGN_LINE =
            Pattern.compile("(?:^|(?<=\\s))(//(?=\\s)|(?<!.)(?:<{7}|={7}|>{7})(?=\\s|$))");

    private final SourceLines lines;
    private final String problem;
    private final String context;
    private final Position at;
    private final Position contextAt;
    private final OpenTokens open;

    private SyntaxErrors(MarkedYamlEngineException e, SourceLines lines) {
        this.lines = lines;
        problem = String.valueOf(e.getProblem());
        context = String.valueOf(e.getContext());
        Optional<Mark> mark = e.getProblemMark();
        at = Position.of(mark.isPresent() ? mark : e.getContextMark());
        contextAt = Position.of(e.getContextMark().isPresent() ? e.getContextMark() : mark);
        open = new OpenTokens(lines, at);
    }

    /** What is wrong, and what to write. */
    static SyntaxError explain(MarkedYamlEngineException e, SourceLines lines) {
        return new SyntaxErrors(e, lines).explain();
    }

    /** The curly quote at one end of a text that stands without straight ones. */
    static Optional<SyntaxError> curlyQuote(Position at, String text) {
        Matcher matcher = CURLY_QUOTE_AROUND.matcher(text);
        return matcher.find() ? Optional.of(curlyQuote(at, matcher)) : Optional.empty();
    }

    /** The text without curly quotes at its ends. */
    static String withoutCurlyQuotes(String text) {
        return CURLY_QUOTE_AROUND.matcher(text).replaceAll("");
    }

    private static SyntaxError curlyQuote(Position at, Matcher found) {
        return new SyntaxError(
                at,
                "found the curly quote " + found.group(),
                "the quotes of YAML are straight",
                "write ' or \" at both ends of the text");
    }

    /** Text without quotes begins with a sign that means something else there. */
    static SyntaxError special(Position at, char sign) {
        String example = switch (sign) {
            case '*' -> ", as in \"*.example.org\"";
            case ':' -> ", as in \"::1\"";
            default -> "";
        };
        return new SyntaxError(
                at,
                "found " + sign + " at the start of text without quotes",
                "there it has a meaning of its own in YAML",
                "put quotes around the text" + example);
    }

    private SyntaxError explain() {
        SyntaxError error = problem.contains("escape") ? escape() : quotes();
        error = error == null && problem.contains("TAB") ? tab() : error;
        error = error == null ? lines() : error;
        error = error == null ? signs() : error;
        error = error == null && isFlow() ? new FlowErrors(lines, at, open).explain(isAtEnd()) : error;
        error = error == null && isBlock() ? new BlockErrors(lines, at, contextAt, isKey()).explain() : error;
        return error == null ? new SyntaxError(at, "not YAML: " + unquoted(), "", "") : error;
    }

    private boolean isFlow() {
        return open.bracket() != null;
    }

    private boolean isAtEnd() {
        return problem.contains("<stream end>") || problem.contains("<document ");
    }

    private boolean isBlock() {
        return problem.contains("not allowed here")
                || problem.contains("<block end>")
                || problem.contains("<document start>")
                || isKey();
    }

    /** Whether the parser took the text at {@code contextAt} for a key. */
    private boolean isKey() {
        return problem.contains("could not find expected ':'");
    }

    private SyntaxError escape() {
        int backslash = lines.before(at).lastIndexOf('\\');
        String text = lines.text(at.line());
        String sign = backslash < 0 ? "\\" : text.substring(backslash, Math.min(backslash + 2, text.length()));
        return new SyntaxError(
                backslash < 0 ? at : lines.position(at.line(), backslash),
                "found " + Words.printable(sign) + " between double quotes",
                "there a backslash starts an escape of YAML",
                "put single quotes around regular expressions, as in '^/user\\.slice'");
    }

    private @Nullable SyntaxError quotes() {
        OpenTokens.Quoted quoted = open.quoted();
        if (context.contains("quoted scalar")) {
            char sign = lines.from(contextAt).startsWith("'") ? '\'' : '"';
            return unclosed(contextAt, sign, "is never closed");
        }
        if (quoted != null && quoted.isLong() && quoted.end() == at.line()) {
            return unclosed(quoted.at(), quoted.sign(), "is closed only in line " + quoted.end());
        }
        boolean goesOn = lines.from(at).matches("[^\\s,:}\\]].*");
        if (goesOn
                && quoted != null
                && quoted.end() == at.line()
                && lines.before(at).endsWith(String.valueOf(quoted.sign()))) {
            return new SyntaxError(
                    at,
                    "text goes on behind the closing " + quoted.sign(),
                    "",
                    quoted.sign() == '\''
                            ? "write '' for an apostrophe between single quotes"
                            : "write \\\" for a quote between double quotes");
        }
        Matcher curly = CURLY_QUOTE_IN_LINE.matcher(lines.text(at.line()));
        return curly.find() ? curlyQuote(lines.position(at.line(), curly.start()), curly) : null;
    }

    private static SyntaxError unclosed(Position at, char sign, String how) {
        return new SyntaxError(
                at, "the quote " + sign + " opened here " + how, "", "write " + sign + " where its text ends");
    }

    private SyntaxError tab() {
        return new SyntaxError(
                at, "found a tab in front of text", "YAML is indented with spaces", "replace it with spaces");
    }

    /** Lines that other tools understand. */
    private @Nullable SyntaxError lines() {
        for (int line : new int[] {lines.contentBefore(at.line()), contextAt.line(), at.line()}) {
            Matcher foreign = FOREIGN_LINE.matcher(lines.text(line));
            if (!foreign.find()) {
                continue;
            }
            Position place = lines.position(line, foreign.start(1));
            return foreign.group(1).equals("//")
                    ? new SyntaxError(place, "found // in front of text", "", "write # in front of a comment")
                    : new SyntaxError(
                            place,
                            "found the mark of a conflict, " + foreign.group(1),
                            "two versions of the file were not merged",
                            "choose one of them and remove the marks");
        }
        return null;
    }

    private @Nullable SyntaxError signs() {
        boolean begun = context.contains("alias")
                || context.contains("anchor")
                || context.contains("tag")
                || context.contains("directive")
                || context.contains("block scalar");
        if (begun || problem.contains("tag handle") || problem.contains("cannot start any token")) {
            Position start = begun ? contextAt : at;
            String rest = lines.from(start);
            return rest.isEmpty() ? null : special(start, rest.charAt(0));
        }
        int before = lines.contentBefore(at.line());
        if (problem.contains("<document start>") && lines.text(before).startsWith("%")) {
            return special(new Position(before, 1), '%');
        }
        if (!problem.contains("expected the node content")) {
            return null;
        }
        String rest = lines.from(at);
        if (isAtEnd() || rest.isEmpty() || (rest.startsWith("- ") && isFlow())) {
            return null;
        }
        return rest.startsWith(",") && isFlow()
                ? new SyntaxError(
                        at, "found a comma without a value in front of it", "", "remove it, or write the value")
                : special(at, rest.charAt(0));
    }

    /** The parser's words without what it quotes from the file. */
    private String unquoted() {
        int quoted = problem.indexOf("tag handle");
        String cut = quoted < 0 ? problem : problem.substring(0, quoted + "tag handle".length());
        return Words.printable(cut.lines().findFirst().orElse("unreadable"));
    }
}

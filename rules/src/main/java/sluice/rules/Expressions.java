// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Checks the expression of a {@code match} or of a {@code regexp:}. */
final class Expressions {
    /**
     * Largest program, in atoms with counted repetitions written out. RE2/J compiles whatever it is given:
     * {@code ((a{1000}){1000}){1000}} needs more memory than there is.
     */
    private static final int LARGEST = 4096;

    /** RE2/J parses and simplifies recursively. */
    private static final int DEEPEST = 64;

    private static final Pattern COUNT = Pattern.compile("\\{([0-9]{1,9})(,([0-9]{0,9}))?}");
    private static final String SYNTAX = "RE2 syntax is expected";

    /** What other flavours have, by the text that RE2/J complains about. */
    private static final Map<String, String> FOREIGN = Map.of(
            "(?=", "RE2 has no lookahead: put a rule for the exception in front, the first match wins",
            "(?!", "RE2 has no lookahead: put a rule for the exception in front, the first match wins",
            "(?<", "RE2 has no lookbehind: put a rule for the exception in front, the first match wins",
            "(?>", "RE2 has no atomic groups: leave out the ?>",
            "++", "RE2 has no possessive repetition: remove the second sign",
            "*+", "RE2 has no possessive repetition: remove the second sign",
            "?+", "RE2 has no possessive repetition: remove the second sign",
            "\\Z", "RE2 writes \\z",
            "\\h", "RE2 writes [ \\t]",
            "\\u", "RE2 writes \\x{…}");

    private static final List<String> EVERYTHING =
            List.of("", "/", ".*", "/.*", ".+", "/.+", ".", "/.", "/*", "^/", "^.*", "^/.*", "^.+", "^/.+");

    private Expressions() {}

    /**
     * Compiles an expression.
     *
     * @throws InvalidValueException if it is not RE2 syntax, or too large
     */
    static TextPattern compile(String text) {
        text.chars().filter(Character::isISOControl).findFirst().ifPresent(control -> {
            throw new InvalidValueException(
                    String.format("found the control character U+%04X", control),
                    "between double quotes a backslash starts an escape of YAML",
                    "put single quotes around regular expressions, as in '^/user\\.slice'");
        });
        if (text.length() > LARGEST || size(text) > LARGEST) {
            throw new InvalidValueException(
                    "the expression is too large",
                    "at most " + LARGEST + " characters, repetitions included, are expected",
                    "make several rules of it");
        }
        try {
            TextPattern pattern = TextPattern.of(text);
            pattern.find("/a/a");
            return pattern;
        } catch (IllegalArgumentException e) {
            throw new InvalidValueException(
                    "invalid regular expression " + Words.quoted(text) + ": " + reason(e), SYNTAX, remedy(text, e));
        } catch (StackOverflowError e) {
            throw new InvalidValueException("the expression is nested too deeply", SYNTAX, "make several rules of it");
        }
    }

    private static String reason(IllegalArgumentException e) {
        String reason = String.valueOf(e.getMessage());
        return reason.contains("stack underflow") ? "a closing ) without an opening one" : Words.printable(reason);
    }

    private static String remedy(String text, IllegalArgumentException e) {
        String reason = String.valueOf(e.getMessage());
        for (Map.Entry<String, String> foreign : FOREIGN.entrySet()) {
            if (reason.contains(": " + foreign.getKey())) {
                return foreign.getValue();
            }
        }
        if (reason.matches("(?s).*escape sequence: \\\\[1-9].*")) {
            return "RE2 has no backreferences";
        }
        if (reason.contains("missing argument to repetition operator: *") && text.startsWith("*")) {
            return "for any text write .*";
        }
        if (reason.contains("missing closing )") || reason.contains("stack underflow")) {
            return "write the other parenthesis, or a backslash in front of this one";
        }
        if (reason.contains("missing closing ]")) {
            return "write ] where the set ends, or a backslash in front of [";
        }
        return "see github.com/google/re2/wiki/Syntax";
    }

    /** Whether an expression that is understood at first sight matches every cgroup but the root. */
    static boolean matchesEverything(String text) {
        String plain = text.replace("\\/", "/");
        if (plain.endsWith("*$") || plain.endsWith("+$")) {
            plain = plain.substring(0, plain.length() - 1);
        }
        return EVERYTHING.contains(plain);
    }

    /** As {@link #matchesEverything} for names of hosts, in which there is no slash. */
    static boolean matchesEveryName(String text) {
        return text.indexOf('/') < 0 && matchesEverything(text);
    }

    /** Whether an expression is tied to the start of the path. */
    static boolean isAnchored(String text) {
        return (text.startsWith("^") || text.startsWith("\\A")) && !hasAlternatives(text);
    }

    /** Whether the whole expression is a choice; what is between parentheses or brackets is only a part of it. */
    private static boolean hasAlternatives(String text) {
        int depth = 0;
        boolean inSet = false;
        for (int at = 0; at < text.length(); at++) {
            switch (text.charAt(at)) {
                case '\\' -> at++;
                case '[' -> inSet = true;
                case ']' -> inSet = false;
                case '(' -> depth += inSet ? 0 : 1;
                case ')' -> depth -= inSet ? 0 : 1;
                case '|' -> {
                    if (depth == 0 && !inSet) {
                        return true;
                    }
                }
                default -> {}
            }
        }
        return false;
    }

    /** Atoms with counted repetitions written out, roughly; more than {@link #LARGEST} if nested too deeply. */
    private static long size(String text) {
        Deque<Long> outer = new ArrayDeque<>();
        Matcher count = COUNT.matcher(text);
        long sum = 0;
        long last = 0;
        for (int at = 0; at < text.length(); at++) {
            char c = text.charAt(at);
            switch (c) {
                case '\\' -> {
                    at++;
                    last = 1;
                    sum++;
                }
                case '(' -> {
                    outer.push(sum);
                    sum = 0;
                    if (outer.size() > DEEPEST) {
                        return LARGEST + 1L;
                    }
                }
                case ')' -> {
                    last = sum + 1;
                    sum = last + (outer.isEmpty() ? 0 : outer.pop());
                }
                case '{' -> {
                    if (count.find(at) && count.start() == at) {
                        long times = Math.max(times(count.group(1)), times(count.group(3)));
                        sum += last * Math.min(times, LARGEST);
                        at = count.end() - 1;
                    }
                }
                default -> {
                    last = 1;
                    sum++;
                }
            }
            if (sum > LARGEST) {
                return sum;
            }
        }
        return sum;
    }

    private static long times(@org.jspecify.annotations.Nullable String digits) {
        return digits == null || digits.isEmpty() ? 0 : Long.parseLong(digits);
    }
}

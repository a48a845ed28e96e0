// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.util.ArrayList;
import java.util.List;

/**
 * What can be said about a search for a regular expression (RE2 syntax) without running it.
 *
 * <p>The expression is cut into runs of characters that must stand in the path one after the other. If a run is missing, there
 * is no match; if the expression is nothing but one run, finding it is a match. Expressions that this class does not
 * understand have no runs, so nothing is said about them.
 */
final class QuickScan {
    /** Outcome of a scan. */
    enum Answer {
        MATCH,
        NO_MATCH,
        UNDECIDED
    }

    /** In a run: any character but a line feed, which is RE2's dot. */
    private static final char ANY = '\0';

    private static final QuickScan NOT_UNDERSTOOD = new QuickScan(List.of(), false, true);

    private final List<String> runs;
    private final boolean complete;
    private final boolean looksBehind;

    private QuickScan(List<String> runs, boolean complete, boolean looksBehind) {
        this.runs = List.copyOf(runs);
        this.complete = complete;
        this.looksBehind = looksBehind;
    }

    /** Reads an expression that RE2/J has accepted. */
    static QuickScan of(String expression) {
        return new Reading(expression).read();
    }

    /** Whether the expression may assert something about the characters in front of the match. */
    boolean looksBehind() {
        return looksBehind;
    }

    /** Whether a search in {@code path} succeeds. */
    Answer scan(String path) {
        int from = 0;
        for (String run : runs) {
            from = end(path, run, from);
            if (from < 0) {
                return Answer.NO_MATCH;
            }
        }
        return complete ? Answer.MATCH : Answer.UNDECIDED;
    }

    /** Where the first occurrence of the run that starts at {@code from} or later ends; -1: there is none. */
    private static int end(String path, String run, int from) {
        if (run.indexOf(ANY) < 0) {
            int at = path.indexOf(run, from);
            return at < 0 ? -1 : at + run.length();
        }
        for (int start = from; start <= path.length(); start++) {
            int end = endOfMatch(path, run, start);
            if (end >= 0) {
                return end;
            }
        }
        return -1;
    }

    private static int endOfMatch(String path, String run, int start) {
        int at = start;
        for (int i = 0; i < run.length(); i++) {
            if (at >= path.length()) {
                return -1;
            }
            char expected = run.charAt(i);
            if (expected == ANY) {
                int any = path.codePointAt(at);
                if (any == '\n') {
                    return -1;
                }
                at += Character.charCount(any);
            } else if (path.charAt(at) == expected) {
                at++;
            } else {
                return -1;
            }
        }
        return at;
    }

    /** One pass over an expression. */
    private static final class Reading {
        /** Something that is not a single known character. */
        private static final char GAP = '\uffff';

        private final String text;
        private final List<String> runs = new ArrayList<>();
        private final StringBuilder run = new StringBuilder();
        private int at;
        /** A gap that is not the work of {@code *} or {@code ?} at one of the ends. */
        private boolean complete = true;

        private boolean looksBehind;

        Reading(String text) {
            this.text = text;
        }

        QuickScan read() {
            boolean gapPending = false;
            while (at < text.length()) {
                int atom = atom();
                if (atom < 0) {
                    return NOT_UNDERSTOOD;
                }
                char repeat = at < text.length() ? text.charAt(at) : GAP;
                if (repeat == '{') {
                    return NOT_UNDERSTOOD;
                }
                boolean optional = repeat == '*' || repeat == '?';
                if (optional || repeat == '+') {
                    at++;
                    if (at < text.length() && text.charAt(at) == '?') {
                        at++;
                    }
                }
                // What may be absent says nothing at either end of a search, and leaves a gap between two runs.
                if (optional) {
                    gapPending |= !run.isEmpty() || !runs.isEmpty();
                    endRun();
                    continue;
                }
                if (gapPending) {
                    complete = false;
                    gapPending = false;
                }
                if (atom == GAP) {
                    complete = false;
                    endRun();
                    continue;
                }
                run.append((char) atom);
                if (repeat == '+') {
                    // One is enough at the end of a search, as long as nothing follows.
                    gapPending = true;
                    endRun();
                }
            }
            endRun();
            return new QuickScan(runs, complete, looksBehind);
        }

        private void endRun() {
            if (!run.isEmpty()) {
                runs.add(run.toString());
                run.setLength(0);
            }
        }

        /** Reads one atom: its character, {@link #ANY}, {@link #GAP}, or -1 if the expression is not understood. */
        private int atom() {
            char c = text.charAt(at++);
            return switch (c) {
                case '\\' -> escape();
                case '.' -> ANY;
                case '[' -> skipClass() ? GAP : -1;
                case '(' -> skipGroup() ? GAP : -1;
                case '^' -> {
                    looksBehind = true;
                    yield GAP;
                }
                case '$' -> GAP;
                case '|', ')', '*', '+', '?', '{', '}', ANY, GAP -> -1;
                default -> Character.isSurrogate(c) ? -1 : c;
            };
        }

        private int escape() {
            if (at >= text.length()) {
                return -1;
            }
            char c = text.charAt(at++);
            if (c < 0x80 && !isAlphanumeric(c)) {
                return c == ANY ? -1 : c;
            }
            return switch (c) {
                case 'd', 'D', 's', 'S', 'w', 'W' -> GAP;
                default -> -1;
            };
        }

        /** Skips a class whose opening bracket has been read. */
        private boolean skipClass() {
            if (peek('^')) {
                at++;
            }
            if (peek(']')) {
                at++;
            }
            while (at < text.length()) {
                char c = text.charAt(at++);
                if (c == ']') {
                    return true;
                }
                if (c == '\\') {
                    at++;
                } else if (c == '[' && peek(':')) {
                    int end = text.indexOf(":]", at);
                    if (end < 0) {
                        return false;
                    }
                    at = end + 2;
                }
            }
            return false;
        }

        /** Skips a group whose opening parenthesis has been read; not one that only sets flags. */
        private boolean skipGroup() {
            if (peek('?')) {
                String rest = text.substring(at, Math.min(at + 3, text.length()));
                if (!rest.startsWith("?:") && !rest.startsWith("?P<")) {
                    return false;
                }
                at += 2;
            }
            for (int depth = 1; at < text.length(); ) {
                char c = text.charAt(at++);
                switch (c) {
                    case '\\' -> {
                        // \Q…\E quotes parentheses, and \A, \b and \B look behind: not understood.
                        if (at >= text.length() || "QAbB".indexOf(text.charAt(at)) >= 0) {
                            return false;
                        }
                        at++;
                    }
                    case '[' -> {
                        if (!skipClass()) {
                            return false;
                        }
                    }
                    case '^' -> looksBehind = true;
                    case '(' -> depth++;
                    case ')' -> depth--;
                    default -> {}
                }
                if (depth == 0) {
                    return true;
                }
            }
            return false;
        }

        private boolean peek(char c) {
            return at < text.length() && text.charAt(at) == c;
        }

        private static boolean isAlphanumeric(char c) {
            return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        }
    }
}

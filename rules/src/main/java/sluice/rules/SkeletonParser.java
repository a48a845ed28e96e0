// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import sluice.rules.QuickScan.Choice;
import sluice.rules.QuickScan.Part;
import sluice.rules.QuickScan.Run;
import sluice.rules.QuickScan.Skeleton;
import sluice.rules.QuickScan.Tail;

/** Finds the skeleton of a regular expression that RE2/J has accepted. One pass, one use. */
final class SkeletonParser {
    /** The expression has something in it that is not understood. */
    private static final class NotUnderstood extends RuntimeException {
        private static final long serialVersionUID = 1L;

        NotUnderstood() {
            super("not understood", null, false, false);
        }
    }

    /** What one atom contributes. */
    private sealed interface Atom {}

    private record Letter(char c) implements Atom {}

    private record Group(List<Skeleton> skeletons, Tail tail) implements Atom {}

    /** Something that says nothing: a class, an assertion. */
    private enum Gap implements Atom {
        CLASS,
        START,
        END
    }

    private static final Pattern COUNT = Pattern.compile("\\{([0-9]+)(?:,[0-9]*)?}");

    private final String text;
    private int at;
    private boolean looksBehind;

    SkeletonParser(String text) {
        this.text = text;
    }

    /** One skeleton for each alternative; none if the expression is not understood. */
    List<Skeleton> parse() {
        try {
            List<Skeleton> skeletons = alternatives();
            return at == text.length() ? skeletons : List.of();
        } catch (NotUnderstood e) {
            return List.of();
        }
    }

    /** Whether there may be an assertion about the characters in front of the match. */
    boolean looksBehind() {
        return looksBehind;
    }

    private List<Skeleton> alternatives() {
        List<Skeleton> skeletons = new ArrayList<>();
        do {
            skeletons.add(new Sequence().read());
        } while (take('|'));
        return skeletons;
    }

    /** One alternative. */
    private final class Sequence {
        private final List<Part> parts = new ArrayList<>();
        private final StringBuilder run = new StringBuilder();
        private boolean anchored;
        private boolean complete = true;
        private Tail tail = Tail.ANYTHING;
        /** Something optional was read that says nothing unless more follows. */
        private boolean pending;

        private boolean first = true;

        Skeleton read() {
            while (at < text.length() && text.charAt(at) != '|' && text.charAt(at) != ')') {
                Atom atom = atom();
                char repeat = repetition();
                if (repeat == '*' || repeat == '?') {
                    // What may be absent counts for nothing at either end of a search.
                    pending |= anchored || !run.isEmpty() || !parts.isEmpty();
                    endRun();
                } else {
                    add(atom, repeat);
                }
                first = false;
            }
            endRun();
            boolean startsWithRun = !parts.isEmpty() && parts.getFirst() instanceof Run;
            boolean whole = complete && parts.size() <= 1 && (parts.isEmpty() || startsWithRun);
            return new Skeleton(parts, anchored && (whole || startsWithRun), whole, tail);
        }

        private void add(Atom atom, char repeat) {
            if (atom == Gap.START && first && repeat == 0) {
                anchored = true;
                return;
            }
            if (pending) {
                complete = false;
                pending = false;
                anchored &= !run.isEmpty() || !parts.isEmpty();
            }
            if (tail != Tail.ANYTHING) {
                // The tail may hold a slash that the parts do not tell of.
                complete = false;
                anchored &= !parts.isEmpty();
            }
            switch (atom) {
                case Letter letter -> {
                    run.append(letter.c());
                    if (repeat != 0) {
                        complete &= repeat == '+';
                        pending = true;
                        endRun();
                    }
                }
                case Group group -> {
                    endRun();
                    if (group.tail() != Tail.ANYTHING && repeat == 0) {
                        tail = group.tail();
                        break;
                    }
                    anchored &= !parts.isEmpty();
                    complete = false;
                    parts.add(new Choice(group.skeletons()));
                }
                case Gap gap -> {
                    endRun();
                    if (gap == Gap.END && repeat == 0) {
                        tail = Tail.END;
                        break;
                    }
                    anchored &= !parts.isEmpty();
                    complete = false;
                }
            }
        }

        private void endRun() {
            if (!run.isEmpty()) {
                String characters = run.toString();
                parts.add(new Run(characters, characters.indexOf(QuickScan.ANY) < 0));
                run.setLength(0);
            }
        }
    }

    /** Reads the sign that repeats an atom; 0 if there is none. */
    private char repetition() {
        if (at >= text.length()) {
            return 0;
        }
        char sign = text.charAt(at);
        if (sign == '{') {
            return count();
        }
        if (sign != '*' && sign != '?' && sign != '+') {
            return 0;
        }
        at++;
        take('?');
        return sign;
    }

    /** Reads a count such as {@code {2,3}}: a star if it may be zero, else the brace. */
    private char count() {
        Matcher count = COUNT.matcher(text).region(at, text.length());
        if (!count.lookingAt()) {
            throw new NotUnderstood();
        }
        at = count.end();
        take('?');
        return count.group(1).matches("0+") ? '*' : '{';
    }

    private Atom atom() {
        char c = text.charAt(at++);
        return switch (c) {
            case '\\' -> escape();
            case '.' -> new Letter(QuickScan.ANY);
            case '[' -> {
                skipClass();
                yield Gap.CLASS;
            }
            case '(' -> group();
            case '^' -> {
                looksBehind = true;
                yield Gap.START;
            }
            case '$' -> Gap.END;
            case '*', '+', '?', '{', '}', QuickScan.ANY -> throw new NotUnderstood();
            default -> {
                if (Character.isSurrogate(c)) {
                    throw new NotUnderstood();
                }
                yield new Letter(c);
            }
        };
    }

    private Atom escape() {
        char c = at < text.length() ? text.charAt(at++) : QuickScan.ANY;
        boolean alphanumeric = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (c != QuickScan.ANY && c < 0x80 && !alphanumeric) {
            return new Letter(c);
        }
        return switch (c) {
            case 'd', 'D', 's', 'S', 'w', 'W' -> Gap.CLASS;
            default -> throw new NotUnderstood();
        };
    }

    /** Reads a group whose opening parenthesis has been read; not one that sets flags. */
    private Atom group() {
        int start = at;
        if (take('?')) {
            if (!take(':')) {
                throw new NotUnderstood();
            }
            start = at;
        }
        List<Skeleton> skeletons = alternatives();
        String inside = text.substring(start, at);
        if (!take(')')) {
            throw new NotUnderstood();
        }
        return new Group(skeletons, inside.equals("/|$") ? Tail.SLASH_OR_END : Tail.ANYTHING);
    }

    /** Skips a class whose opening bracket has been read. */
    private void skipClass() {
        take('^');
        take(']');
        while (at < text.length()) {
            char c = text.charAt(at++);
            if (c == ']') {
                return;
            }
            if (c == '\\') {
                at++;
            } else if (c == '[' && take(':')) {
                int end = text.indexOf(":]", at);
                if (end < 0) {
                    throw new NotUnderstood();
                }
                at = end + 2;
            }
        }
        throw new NotUnderstood();
    }

    private boolean take(char c) {
        boolean there = at < text.length() && text.charAt(at) == c;
        if (there) {
            at++;
        }
        return there;
    }
}

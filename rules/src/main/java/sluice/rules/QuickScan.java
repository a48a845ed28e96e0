// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.util.List;

/**
 * What can be said about a search for a regular expression (RE2 syntax) without running it.
 *
 * <p>The expression's skeleton is the runs of characters that must stand in the path one after the other, with a choice where the expression
 * has one. If the skeleton is not in the path, there is no match. If the expression is nothing but one run, perhaps tied to the
 * start or the end of the path, finding it is a match. Of an expression that {@link SkeletonParser} does not understand, nothing is
 * said.
 */
final class QuickScan {
    /** Outcome of a scan. */
    enum Answer {
        MATCH,
        NO_MATCH,
        UNDECIDED
    }

    /** What must follow the run of a complete skeleton. */
    enum Tail {
        ANYTHING,
        END,
        SLASH_OR_END
    }

    /** A part of a skeleton. */
    sealed interface Part {}

    /**
     * Characters that stand next to each other.
     *
     * @param text with {@link #ANY} for any character but a line feed
     * @param literal whether there is no {@link #ANY} in it
     */
    record Run(String text, boolean literal) implements Part {}

    /** One of several skeletons. */
    record Choice(List<Skeleton> skeletons) implements Part {}

    /**
     * Parts in order, with anything between them.
     *
     * @param anchored whether the first part is a run that stands at the start of the path
     * @param complete whether the skeleton is the whole expression: at most one run, and the tail
     */
    record Skeleton(List<Part> parts, boolean anchored, boolean complete, Tail tail) {}

    /** In a run: any character but a line feed, which is RE2's dot. */
    static final char ANY = '\0';

    private final List<Skeleton> skeletons;
    private final boolean looksBehind;

    private QuickScan(List<Skeleton> skeletons, boolean looksBehind) {
        this.skeletons = skeletons;
        this.looksBehind = looksBehind;
    }

    /** Reads an expression that RE2/J has accepted. */
    static QuickScan of(String expression) {
        var parser = new SkeletonParser(expression);
        List<Skeleton> skeletons = parser.parse();
        return skeletons.isEmpty()
                ? new QuickScan(List.of(new Skeleton(List.of(), false, false, Tail.ANYTHING)), true)
                : new QuickScan(skeletons, parser.looksBehind());
    }

    /** Whether the expression may assert something about the characters in front of the match. */
    boolean looksBehind() {
        return looksBehind;
    }

    /** Whether a search in {@code path} succeeds. */
    Answer scan(String path) {
        Answer answer = Answer.NO_MATCH;
        for (Skeleton skeleton : skeletons) {
            if (skeleton.complete()) {
                if (matches(path, skeleton)) {
                    return Answer.MATCH;
                }
            } else if (answer == Answer.NO_MATCH && end(path, skeleton, 0) >= 0) {
                answer = Answer.UNDECIDED;
            }
        }
        return answer;
    }

    private static boolean matches(String path, Skeleton skeleton) {
        if (skeleton.parts().isEmpty()) {
            return switch (skeleton.tail()) {
                case ANYTHING -> true;
                case END -> !skeleton.anchored() || path.isEmpty();
                case SLASH_OR_END -> !skeleton.anchored() || path.isEmpty() || path.charAt(0) == '/';
            };
        }
        Run run = (Run) skeleton.parts().getFirst();
        int last = skeleton.anchored() ? 0 : path.length();
        for (int from = 0; from <= last; from++) {
            int start = skeleton.anchored() ? 0 : start(path, run, from);
            int end = start < 0 ? -1 : endAt(path, run, start);
            if (end >= 0 && fits(path, end, skeleton.tail())) {
                return true;
            }
            if (start < 0) {
                return false;
            }
            from = start;
        }
        return false;
    }

    private static boolean fits(String path, int end, Tail tail) {
        return switch (tail) {
            case ANYTHING -> true;
            case END -> end == path.length();
            case SLASH_OR_END -> end == path.length() || path.charAt(end) == '/';
        };
    }

    /** Where the first occurrence of the parts, from {@code from} on, ends; -1: there is none. */
    private static int end(String path, Skeleton skeleton, int from) {
        int at = from;
        for (int i = 0; i < skeleton.parts().size(); i++) {
            boolean atStart = skeleton.anchored() && i == 0;
            at = switch (skeleton.parts().get(i)) {
                case Run run -> {
                    int start = atStart ? 0 : start(path, run, at);
                    yield start < 0 ? -1 : endAt(path, run, start);
                }
                case Choice choice -> end(path, choice, at);
            };
            if (at < 0) {
                return -1;
            }
        }
        return at;
    }

    private static int end(String path, Choice choice, int from) {
        int first = -1;
        for (Skeleton skeleton : choice.skeletons()) {
            int end = end(path, skeleton, from);
            if (end == from) {
                return end;
            }
            if (end >= 0 && (first < 0 || end < first)) {
                first = end;
            }
        }
        return first;
    }

    /** Where the first occurrence of a run, from {@code from} on, starts; -1: there is none. */
    private static int start(String path, Run run, int from) {
        if (run.literal()) {
            return path.indexOf(run.text(), from);
        }
        for (int start = from; start <= path.length(); start++) {
            if (endAt(path, run, start) >= 0) {
                return start;
            }
        }
        return -1;
    }

    /** Where an occurrence of a run that starts at {@code start} ends; -1: there is none. */
    private static int endAt(String path, Run run, int start) {
        String text = run.text();
        if (run.literal()) {
            return path.startsWith(text, start) ? start + text.length() : -1;
        }
        int at = start;
        for (int i = 0; i < text.length(); i++) {
            if (at >= path.length()) {
                return -1;
            }
            char expected = text.charAt(i);
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
}

// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;

/**
 * A regular expression (RE2 syntax) that is searched for. Immutable; two are equal if they have the same text.
 *
 * <p>A {@link QuickScan} of the expression answers most questions without running the expression; it never changes an
 * answer.
 */
public final class TextPattern {
    private final String text;
    private final Pattern pattern;
    private final QuickScan quick;

    private TextPattern(String text) {
        this.text = text;
        this.pattern = Pattern.compile(text);
        this.quick = QuickScan.of(text);
    }

    /**
     * Compiles an expression.
     *
     * @throws IllegalArgumentException if this is not RE2 syntax; the message says why
     */
    static TextPattern of(String text) {
        try {
            return new TextPattern(text);
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException(describe(e), e);
        }
    }

    /** Whether there is a match anywhere in some text. */
    public boolean find(String within) {
        return switch (quick.scan(within)) {
            case MATCH -> true;
            case NO_MATCH -> false;
            case UNDECIDED -> pattern.matcher(within).find();
        };
    }

    /** Whether the expression may assert something about the characters in front of the match. */
    boolean looksBehind() {
        return quick.looksBehind();
    }

    private static String describe(PatternSyntaxException e) {
        String fragment = e.getPattern();
        return fragment == null || fragment.isEmpty() ? e.getDescription() : e.getDescription() + ": " + fragment;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TextPattern that && text.equals(that.text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    @Override
    public String toString() {
        return text;
    }
}

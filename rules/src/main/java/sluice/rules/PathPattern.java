// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.Objects;

/**
 * A regular expression (RE2 syntax) over cgroup paths. Immutable; two are equal if they have the same text and scope.
 *
 * <p>A {@link QuickScan} of the expression answers most questions without running the expression; it never changes an
 * answer.
 */
public final class PathPattern {
    /** Which form of a cgroup's path is searched. */
    public enum Scope {
        /** The path relative to the managed root, and the absolute path: a match in either counts. */
        RELATIVE_OR_ABSOLUTE,
        /** The path from the cgroup2 mount. */
        FROM_MOUNT
    }

    /**
     * The forms of one cgroup's path.
     *
     * @param relative from the managed root
     * @param absolute in the file system; ends with {@code relative}
     * @param fromMount from the cgroup2 mount
     */
    record Candidate(String relative, String absolute, String fromMount) {}

    private final String text;
    private final Scope scope;
    private final Pattern pattern;
    private final QuickScan quick;

    private PathPattern(String text, Scope scope) {
        this.text = text;
        this.scope = scope;
        this.pattern = Pattern.compile(text);
        this.quick = QuickScan.of(text);
    }

    /**
     * The expression of a {@code match}, searched for anywhere in the path.
     *
     * @throws IllegalArgumentException if this is not RE2 syntax; the message says why
     */
    static PathPattern search(String text) {
        try {
            return new PathPattern(text, Scope.RELATIVE_OR_ABSOLUTE);
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException(describe(e), e);
        }
    }

    /** The expression of a shorthand, which anchors itself with {@code ^}. */
    static PathPattern fromMount(String text) {
        return new PathPattern(text, Scope.FROM_MOUNT);
    }

    /** The expression's text. */
    public String text() {
        return text;
    }

    /** Which form of a path it looks at. */
    public Scope scope() {
        return scope;
    }

    boolean matches(Candidate candidate) {
        if (scope == Scope.FROM_MOUNT) {
            return find(candidate.fromMount());
        }
        // Without an assertion about what stands before, whatever matches a suffix also matches the whole.
        return find(candidate.absolute()) || (quick.looksBehind() && find(candidate.relative()));
    }

    private boolean find(String path) {
        return switch (quick.scan(path)) {
            case MATCH -> true;
            case NO_MATCH -> false;
            case UNDECIDED -> pattern.matcher(path).find();
        };
    }

    private static String describe(PatternSyntaxException e) {
        String fragment = e.getPattern();
        return fragment == null || fragment.isEmpty() ? e.getDescription() : e.getDescription() + ": " + fragment;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof PathPattern that && text.equals(that.text) && scope == that.scope;
    }

    @Override
    public int hashCode() {
        return Objects.hash(text, scope);
    }

    @Override
    public String toString() {
        return text;
    }
}

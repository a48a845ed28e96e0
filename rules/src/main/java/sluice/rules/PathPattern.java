// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

/**
 * A regular expression (RE2 syntax) over cgroup paths.
 *
 * @param pattern the expression
 * @param scope which form of a path it looks at
 */
public record PathPattern(TextPattern pattern, Scope scope) {
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

    /** The expression of a {@code match}, searched for anywhere in the path. */
    static PathPattern search(TextPattern pattern) {
        return new PathPattern(pattern, Scope.RELATIVE_OR_ABSOLUTE);
    }

    /** The expression of a shorthand, which anchors itself with {@code ^}. */
    static PathPattern fromMount(String text) {
        return new PathPattern(TextPattern.of(text), Scope.FROM_MOUNT);
    }

    /** The expression's text. */
    public String text() {
        return pattern.toString();
    }

    boolean matches(Candidate candidate) {
        if (scope == Scope.FROM_MOUNT) {
            return pattern.find(candidate.fromMount());
        }
        // Without an assertion about what stands before, whatever matches a suffix also matches the whole.
        return pattern.find(candidate.absolute()) || (pattern.looksBehind() && pattern.find(candidate.relative()));
    }

    @Override
    public String toString() {
        return text();
    }
}

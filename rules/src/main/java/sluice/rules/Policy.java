// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The rules applied to one cgroup tree: path to first matching rule.
 *
 * <p>A path is relative to the managed root and starts with a slash, {@code /system.slice/x.service}. The root itself, {@code /}, never
 * matches. A {@code match} is searched for in the path relative to the root and in the absolute path; shorthands are
 * anchored at the cgroup2 mount.
 */
public final class Policy {
    private final List<Rule> rules;
    private final String root;
    private final String belowMount;

    /**
     * A policy for a whole cgroup2 mount.
     *
     * @param root the mount point, absolute
     */
    public Policy(List<Rule> rules, Path root) {
        this(rules, root, root);
    }

    /**
     * A policy for a part of a cgroup2 tree.
     *
     * @param root the managed directory, absolute
     * @param mount the cgroup2 mount point that contains it
     * @throws IllegalArgumentException if {@code root} is not below {@code mount}
     */
    public Policy(List<Rule> rules, Path root, Path mount) {
        if (!root.isAbsolute() || !root.startsWith(mount)) {
            throw new IllegalArgumentException("cgroup root " + root + " is not below the cgroup2 mount " + mount);
        }
        this.rules = List.copyOf(rules);
        this.root = withoutTrailingSlash(root.toString());
        this.belowMount =
                this.root.substring(withoutTrailingSlash(mount.toString()).length());
    }

    /** The rules, in order. */
    public List<Rule> rules() {
        return rules;
    }

    /** The first rule that this very cgroup matches, whatever its ancestors match. */
    public Optional<Rule> match(String path) {
        String relative = withoutTrailingSlash(path);
        if (relative.isEmpty()) {
            return Optional.empty();
        }
        var candidate = new PathPattern.Candidate(
                relative, root.concat(relative), belowMount.isEmpty() ? relative : belowMount.concat(relative));
        for (Rule rule : rules) {
            if (matchesAll(rule.patterns(), candidate)) {
                return Optional.of(rule);
            }
        }
        return Optional.empty();
    }

    /**
     * The rule in force for a cgroup: that of the deepest cgroup on its path that matches one. Empty: untouched, as if
     * direct.
     */
    public Optional<Decision> decide(String path) {
        String own = withoutTrailingSlash(path);
        for (String at = own; !at.isEmpty(); at = at.substring(0, at.lastIndexOf('/'))) {
            Optional<Rule> rule = match(at);
            if (rule.isPresent()) {
                return Optional.of(new Decision(rule.get(), at, at.length() != own.length()));
            }
        }
        return Optional.empty();
    }

    private static boolean matchesAll(List<PathPattern> patterns, PathPattern.Candidate candidate) {
        for (PathPattern pattern : patterns) {
            if (!pattern.matches(candidate)) {
                return false;
            }
        }
        return true;
    }

    private static String withoutTrailingSlash(String path) {
        return path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    }
}

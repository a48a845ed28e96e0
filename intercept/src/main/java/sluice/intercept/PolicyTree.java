// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sluice.cgroup.Cgroup;

/**
 * Policy × cgroup tree: every cgroup with what the policy says of it. Pure bookkeeping; what it returns is for a
 * {@link Mechanism} to carry out.
 *
 * <p>A cgroup is entered before its children and leaves after them. One below {@link Levels#DEEPEST} has no verdict of its own, so it gets what its
 * ancestors get. One owner thread.
 */
public final class PolicyTree {
    private final Map<String, Assignment> assignments = new LinkedHashMap<>();
    private final LevelCount all = new LevelCount();
    private final LevelCount matched = new LevelCount();
    private final LevelCount drops = new LevelCount();
    private final LevelCount totalDrops = new LevelCount();
    private final LevelCount proxied = new LevelCount();
    private int tooDeep;
    private Classifier classifier;

    /** A tree without cgroups. */
    public PolicyTree(Classifier classifier) {
        this.classifier = classifier;
    }

    /** Enters a new cgroup. One that is there already under another id is replaced: its directory was made anew. */
    public Change created(Cgroup cgroup) {
        var after = assign(cgroup);
        var before = assignments.put(cgroup.path(), after);
        count(before, -1);
        count(after, 1);
        return new Change(before, after);
    }

    /** Takes a cgroup out; null if it never was in. */
    public @Nullable Change removed(Cgroup cgroup) {
        var before = assignments.get(cgroup.path());
        if (before == null || before.cgroup().id() != cgroup.id()) {
            return null;
        }
        assignments.remove(cgroup.path());
        count(before, -1);
        return new Change(before, null);
    }

    /** Puts a new policy in force and returns what it changes. */
    public List<Change> reclassify(Classifier replacement) {
        classifier = replacement;
        var changes = new ArrayList<Change>();
        for (var entry : parentsFirst()) {
            var after = assign(entry.cgroup());
            if (!after.equals(entry)) {
                assignments.put(after.cgroup().path(), after);
                count(entry, -1);
                count(after, 1);
                changes.add(new Change(entry, after));
            }
        }
        return changes;
    }

    /** All assignments, in no particular order. A view: valid until the next change. */
    public Collection<Assignment> assignments() {
        return Collections.unmodifiableCollection(assignments.values());
    }

    /** The assignment of the cgroup at this path, relative to the managed root, or null. */
    public @Nullable Assignment at(String path) {
        return assignments.get(path);
    }

    /** The nearest ancestor-or-self of this path that a rule matches, or null: its traffic is untouched. */
    public @Nullable Assignment effective(String path) {
        for (var at = path; !at.isEmpty(); at = parent(at)) {
            var assignment = assignments.get(at);
            if (assignment != null && assignment.own() != null) {
                return assignment;
            }
        }
        return null;
    }

    /** Which levels the kernel has to look at. */
    public Levels levels() {
        return new Levels(matched.range(), drops.range(), totalDrops.range(), proxied.range(), all.range());
    }

    /** Whether there are cgroups that get what their ancestors get because of their depth, whatever rules match them. */
    public boolean isTooDeep() {
        return tooDeep > 0;
    }

    private Assignment assign(Cgroup cgroup) {
        var parent = assignments.get(parent(cgroup.path()));
        return new Assignment(
                cgroup,
                isTooDeep(cgroup) ? null : classifier.classify(cgroup),
                parent != null && parent.dropsBelow(),
                parent != null && parent.dropsTotallyBelow(),
                parent != null && parent.isProxiedBelow());
    }

    private List<Assignment> parentsFirst() {
        var sorted = new ArrayList<>(assignments.values());
        sorted.sort((a, b) -> Integer.compare(a.cgroup().level(), b.cgroup().level()));
        return sorted;
    }

    private void count(@Nullable Assignment assignment, int by) {
        if (assignment == null) {
            return;
        }
        int level = assignment.cgroup().level();
        if (isTooDeep(assignment.cgroup())) {
            tooDeep += by;
        }
        all.add(Math.min(level, Levels.DEEPEST), by);
        if (assignment.own() != null) {
            matched.add(level, by);
        }
        if (assignment.inDropWalk()) {
            drops.add(level, by);
        }
        if (assignment.inTotalDropWalk()) {
            totalDrops.add(level, by);
        }
        if (assignment.inProxiedWalk()) {
            proxied.add(level, by);
        }
    }

    private static boolean isTooDeep(Cgroup cgroup) {
        return cgroup.level() > Levels.DEEPEST;
    }

    private static String parent(String path) {
        return path.substring(0, Math.max(0, path.lastIndexOf('/')));
    }
}

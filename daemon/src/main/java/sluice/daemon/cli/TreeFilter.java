// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

import org.jspecify.annotations.Nullable;
import sluice.control.TreeView;
import sluice.rules.Application;

/**
 * Which cgroups of the tree are wanted.
 *
 * @param application only those of this desktop application, unit or container; null: of all
 * @param depth only those at most so deep below the managed root
 * @param matched only those that a rule matches, not those that inherit its target
 */
record TreeFilter(@Nullable String application, int depth, boolean matched) {
    boolean wants(TreeView.Node node) {
        return depth(node.path()) <= depth
                && (!matched || (node.target() != null && node.inheritedFrom() == null))
                && (application == null || belongs(node.path(), application));
    }

    /** How deep below the managed root a cgroup is; its children's depth is 1. */
    static int depth(String path) {
        return (int) path.chars().filter(c -> c == '/').count();
    }

    private static boolean belongs(String path, String name) {
        var application = Application.of(path);
        var unit = application.unit();
        var container = application.container();
        return name.equals(application.app())
                || name.equals(unit)
                || (name + ".service").equals(unit)
                || (container != null && container.startsWith(name));
    }
}

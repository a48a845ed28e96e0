// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import sluice.control.TreeView;

/**
 * The tree as text. A cgroup that gets what the one above it gets is not shown but counted, and so are all but some of
 * many siblings that the same rule matches.
 */
final class TreeText {
    /** So many siblings alike are all shown; of more, {@link #SOME} are. */
    private static final int FEW = 5;

    private static final int SOME = 3;
    private static final String STEP = "  ";

    private final TreeFilter filter;
    private final boolean all;
    private final Columns rows;
    private final Branch root = new Branch(null);
    private int hidden;

    /** @param all whether every cgroup is shown that the filter wants */
    TreeText(TreeView tree, TreeFilter filter, boolean all) {
        this.filter = filter;
        this.all = all;
        this.rows = new Columns("CGROUP", "TARGET", "RULE", "MORE");
        var open = new ArrayList<>(List.of(root));
        for (var node : tree.cgroups()) {
            // Parents come before their children.
            int depth = TreeFilter.depth(node.path());
            while (open.size() > depth) {
                open.removeLast();
            }
            var branch = new Branch(node);
            open.getLast().children.add(branch);
            open.add(branch);
        }
        root.choose(null);
    }

    /** A cgroup with those below it. */
    private final class Branch {
        final TreeView.@Nullable Node node;
        final List<Branch> children = new ArrayList<>();
        boolean shown;

        Branch(TreeView.@Nullable Node node) {
            this.node = node;
        }

        /** Decides what is shown; whether this or something below is. */
        boolean choose(TreeView.@Nullable Node parent) {
            boolean wanted = node != null && filter.wants(node);
            boolean first = filter.application() != null && (parent == null || !filter.wants(parent));
            shown = wanted && (all || first || differs(parent));
            for (var child : children) {
                shown |= child.choose(node);
            }
            return shown;
        }

        private boolean differs(TreeView.@Nullable Node parent) {
            var now = Objects.requireNonNull(node);
            // A rule that matches by a part of the path matches those below too.
            return parent == null
                    ? now.target() != null
                    : now.line() != parent.line() || !Objects.equals(now.target(), parent.target());
        }

        int size() {
            return 1 + children.stream().mapToInt(Branch::size).sum();
        }

        /** How many below this one are not shown, to the next that are. */
        int notShown() {
            return children.stream()
                    .filter(child -> !child.shown)
                    .mapToInt(Branch::size)
                    .sum();
        }

        boolean endsHere() {
            return children.stream().noneMatch(child -> child.shown);
        }

        /** What siblings have in common that need not all be shown. */
        String kind() {
            return node == null || !endsHere() ? "" : target(node) + " " + rule(node);
        }
    }

    void print(Page page) {
        var visible = root.children.stream().filter(child -> child.shown).toList();
        if (!visible.isEmpty()) {
            add(visible, "");
            page.print(rows);
        }
        int rest = root.notShown();
        hidden += rest;
        if (visible.isEmpty()) {
            page.print("no cgroup is like this, of " + rest);
        } else if (rest > 0 && filter.application() == null && !filter.matched()) {
            page.print(rest + " more that no rule reaches");
        }
        if (hidden > 0 && !all && !visible.isEmpty()) {
            page.faint("MORE counts cgroups below that are not shown; --all shows them");
        }
    }

    private void add(List<Branch> siblings, String indent) {
        var kinds = siblings.stream().collect(Collectors.groupingBy(Branch::kind, Collectors.counting()));
        var left = new HashMap<String, Long>();
        for (var sibling : siblings) {
            var kind = sibling.kind();
            long alike = kinds.getOrDefault(kind, 1L);
            long number = left.merge(kind, 1L, Long::sum);
            boolean folded = !all && !kind.isEmpty() && alike > FEW;
            if (!folded || number <= SOME) {
                addOne(sibling, indent);
            } else if (number == alike) {
                addRest(
                        siblings.stream()
                                .filter(each -> each.kind().equals(kind))
                                .skip(SOME)
                                .toList(),
                        indent);
            }
        }
    }

    private void addOne(Branch branch, String indent) {
        var node = Objects.requireNonNull(branch.node);
        int more = branch.notShown();
        hidden += more;
        rows.row(
                indent + node.path().substring(node.path().lastIndexOf('/') + 1),
                target(node),
                rule(node),
                number(more));
        add(branch.children.stream().filter(child -> child.shown).toList(), indent + STEP);
    }

    private void addRest(List<Branch> rest, String indent) {
        var node = Objects.requireNonNull(rest.getFirst().node);
        int more = rest.stream().mapToInt(Branch::size).sum();
        hidden += more;
        rows.row(indent + "… " + rest.size() + " more like these", target(node), rule(node), number(more));
    }

    private static String number(int more) {
        return more == 0 ? "" : String.valueOf(more);
    }

    private static String target(TreeView.Node node) {
        return node.target() == null ? "-" : node.target();
    }

    private static String rule(TreeView.Node node) {
        if (node.target() == null) {
            return "no rule";
        }
        // The cgroups of 'sluice run' have their target in their name.
        var line = node.line() == 0 ? "sluice run" : "line " + node.line();
        return node.inheritedFrom() == null ? line : line + ", from " + node.inheritedFrom();
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

import java.io.IOException;
import java.io.PrintWriter;
import sluice.control.ControlJson;
import sluice.control.RefusedException;
import sluice.control.TreeView;
import sluice.linux.KernelString;

/** {@code sluice tree}. */
final class TreeCommand extends Subcommand {
    private final SocketOption socket = new SocketOption(spec());
    private final JsonOption json = new JsonOption(spec());

    TreeCommand() {
        super("Shows every cgroup with its target and the rule it comes from.");
    }

    @Override
    public Integer call() throws IOException, RefusedException {
        var tree = socket.client().tree();
        var out = out();
        if (json.wanted()) {
            out.println(ControlJson.text(tree));
        } else {
            print(tree, out);
        }
        return ExitCode.FINE;
    }

    static void print(TreeView tree, PrintWriter out) {
        out.println(Terminal.bold(KernelString.printable(tree.root())));
        var nodes = new Columns("CGROUP", "TARGET", "RULE");
        for (var node : tree.cgroups()) {
            int depth = (int) node.path().chars().filter(c -> c == '/').count();
            nodes.row(
                    "  ".repeat(depth - 1) + node.path().substring(node.path().lastIndexOf('/') + 1),
                    target(node),
                    rule(node));
        }
        nodes.print(out);
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

// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

import java.io.IOException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import sluice.control.ControlJson;
import sluice.control.RefusedException;
import sluice.control.TreeView;

/** {@code sluice tree}. */
final class TreeCommand extends Subcommand {
    private final SocketOption socket = new SocketOption(spec());
    private final JsonOption json = new JsonOption(spec());
    private final OptionSpec all =
            flag("--all", "Shows every cgroup, also those that get what the one above them gets.");
    private final OptionSpec matched =
            flag("--matched", "Only cgroups that a rule matches, not those that inherit its target.");
    private final OptionSpec application = OptionSpec.builder("-a", "--app")
            .paramLabel("ID")
            .type(String.class)
            .description("Only cgroups of this desktop application, unit or container.")
            .build();
    private final OptionSpec depth = OptionSpec.builder("--depth")
            .paramLabel("N")
            .type(Integer.class)
            .description("Only cgroups at most so deep below the managed root.")
            .build();

    TreeCommand() {
        super(
                "Shows cgroups with their target and the rule it comes from. Those that get what the one above them gets are"
                        + " counted, unless --all is given; so are many siblings alike. JSON has them all.");
        spec().addOption(all).addOption(application).addOption(depth).addOption(matched);
    }

    private static OptionSpec flag(String name, String description) {
        return OptionSpec.builder(name)
                .type(boolean.class)
                .description(description)
                .build();
    }

    @Override
    public Integer call() throws IOException, RefusedException {
        var filter = filter();
        var tree = socket.client().tree();
        var out = out();
        if (json.wanted()) {
            var wanted = tree.cgroups().stream().filter(filter::wants).toList();
            out.println(ControlJson.text(new TreeView(tree.root(), wanted)));
        } else {
            print(tree, filter, Boolean.TRUE.equals(all.getValue()), Page.on(out));
        }
        return ExitCode.FINE;
    }

    private TreeFilter filter() {
        @Nullable Integer levels = depth.getValue();
        if (levels != null && levels < 1) {
            throw new ParameterException(spec().commandLine(), "--depth takes a number from 1 on");
        }
        return new TreeFilter(
                application.getValue(),
                Objects.requireNonNullElse(levels, Integer.MAX_VALUE),
                Boolean.TRUE.equals(matched.getValue()));
    }

    static void print(TreeView tree, TreeFilter filter, boolean all, Page page) {
        page.heading(tree.root(), "");
        new TreeText(tree, filter, all).print(page);
    }
}

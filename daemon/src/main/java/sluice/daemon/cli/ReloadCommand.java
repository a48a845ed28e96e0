// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;
import sluice.control.ControlJson;
import sluice.control.RefusedException;
import sluice.control.ReloadView;

/** {@code sluice reload}. */
final class ReloadCommand extends Subcommand {
    private static final int NAMED = 20;
    private static final int INDENT = 2;

    private final SocketOption socket = new SocketOption(spec());
    private final JsonOption json = new JsonOption(spec());

    ReloadCommand() {
        super("Has the daemon read its configuration again; with an error in it, the policy in force stays.");
    }

    @Override
    public Integer call() throws IOException, RefusedException {
        var reloaded = socket.client().reload();
        var out = out();
        if (json.wanted()) {
            out.println(ControlJson.text(reloaded));
            return ExitCode.FINE;
        }
        reloaded.warnings().forEach(err()::println);
        Page.on(out).print(text(reloaded), INDENT);
        return ExitCode.FINE;
    }

    static String text(ReloadView reloaded) {
        var file = reloaded.configuration() == null ? "everything direct" : reloaded.configuration();
        boolean moved = reloaded.added() + reloaded.removed() + reloaded.changed() > 0;
        if (reloaded.changes().isEmpty() && !moved) {
            return file + " is in force: nothing has changed";
        }
        return file + " is in force: " + settings(reloaded.changes()) + "; "
                + (moved
                        ? "cgroups: " + reloaded.added() + " added, " + reloaded.removed() + " removed, "
                                + reloaded.changed() + " changed"
                        : "no cgroup has another target");
    }

    private static String settings(List<String> changes) {
        if (changes.isEmpty()) {
            return "no setting has changed";
        }
        var named = changes.stream().limit(NAMED).collect(Collectors.joining(", "));
        int more = changes.size() - NAMED;
        return "changed are " + named + (more > 0 ? " and " + more + " more" : "");
    }
}

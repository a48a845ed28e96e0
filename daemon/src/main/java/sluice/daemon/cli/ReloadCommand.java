// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

import java.io.IOException;
import sluice.control.ControlJson;
import sluice.control.RefusedException;

/** {@code sluice reload}. */
final class ReloadCommand extends Subcommand {
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
        out.println("%s is in force: %d cgroups added, %d removed, %d changed"
                .formatted(
                        reloaded.configuration() == null ? "everything direct" : reloaded.configuration(),
                        reloaded.added(),
                        reloaded.removed(),
                        reloaded.changed()));
        return ExitCode.FINE;
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import sluice.control.ControlJson;
import sluice.control.RefusedException;

/** {@code sluice reload}. */
@Command(
        name = "reload",
        mixinStandardHelpOptions = true,
        description = "Has the daemon read its configuration again; with an error in it, the policy in force stays.")
final class ReloadCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private SocketOption socket;

    @Mixin
    private JsonOption json;

    @SuppressWarnings("NullAway.Init") // picocli sets the fields
    private ReloadCommand() {}

    @Override
    public Integer call() throws IOException, RefusedException {
        var reloaded = socket.client().reload();
        var out = spec.commandLine().getOut();
        if (json.wanted()) {
            out.println(ControlJson.text(reloaded));
            return ExitCode.FINE;
        }
        reloaded.warnings().forEach(spec.commandLine().getErr()::println);
        out.println("%s is in force: %d cgroups added, %d removed, %d changed"
                .formatted(
                        reloaded.configuration() == null ? "everything direct" : reloaded.configuration(),
                        reloaded.added(),
                        reloaded.removed(),
                        reloaded.changed()));
        return ExitCode.FINE;
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import sluice.daemon.DaemonProcess;

/** Runs the daemon in the foreground, as service managers like it. */
@Command(
        name = "daemon",
        mixinStandardHelpOptions = true,
        description = "Runs the daemon in the foreground until SIGTERM or SIGINT; SIGHUP reloads the configuration.")
final class DaemonCommand implements Callable<Integer> {
    @Mixin
    private ConfigurationOption configuration;

    @Spec
    private CommandSpec spec;

    @SuppressWarnings("NullAway.Init") // picocli sets the fields
    private DaemonCommand() {}

    @Override
    public Integer call() throws Exception {
        var file = configuration.file();
        if (!file.note().isEmpty()) {
            spec.commandLine().getErr().println("sluice: " + file.note());
        }
        DaemonProcess.run(file.path(), Version.current());
        return ExitCode.FINE;
    }
}

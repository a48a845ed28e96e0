// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import sluice.daemon.Cleanup;

/** {@code sluice cleanup}. */
@Command(
        name = "cleanup",
        mixinStandardHelpOptions = true,
        description =
                "Takes every trace of Sluice out of the kernel, and stops the daemon first if one runs: table, policy"
                        + " rules, routes, cgroups of 'sluice run'.")
final class CleanupCommand implements Callable<Integer> {
    @Mixin
    private SocketOption socket;

    @Spec
    private CommandSpec spec;

    @SuppressWarnings("NullAway.Init") // picocli sets the fields
    private CleanupCommand() {}

    @Override
    public Integer call() throws Exception {
        Cleanup.run(socket.client(), Optional.empty())
                .forEach(spec.commandLine().getOut()::println);
        return ExitCode.FINE;
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

import java.util.Optional;
import sluice.daemon.Cleanup;

/** {@code sluice cleanup}. */
final class CleanupCommand extends Subcommand {
    private final SocketOption socket = new SocketOption(spec());

    CleanupCommand() {
        super("Takes every trace of Sluice out of the kernel, and stops the daemon first if one runs: table, policy"
                + " rules, routes, cgroups of 'sluice run'.");
    }

    @Override
    public Integer call() throws Exception {
        Cleanup.run(socket.client(), Optional.empty()).forEach(out()::println);
        return ExitCode.FINE;
    }
}

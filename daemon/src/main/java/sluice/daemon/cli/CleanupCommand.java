// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import sluice.daemon.Cleanup;
import sluice.rules.InvalidConfigurationException;

/** {@code sluice cleanup}. */
final class CleanupCommand extends Subcommand {
    /** A daemon that needs longer hangs, and is stopped without having been asked. */
    private static final Duration ANSWER = Duration.ofSeconds(10);

    private final SocketOption socket = new SocketOption(spec());
    private final ConfigurationOption configuration = new ConfigurationOption(spec());

    CleanupCommand() {
        super("Takes every trace of Sluice out of the kernel, and ends the daemon first if one runs: table, policy"
                + " rules, routes, cgroups of 'sluice run' below the cgroup-root of the daemon, else of the"
                + " configuration.");
    }

    @Override
    public Integer call() throws Exception {
        Cleanup.run(socket.client(ANSWER), cgroupRoot()).forEach(out()::println);
        return ExitCode.FINE;
    }

    /** With a file that is wrong the rest can be cleaned up all the same. */
    private Optional<Path> cgroupRoot() {
        try {
            return configuration.source().load().configuration().cgroupRoot();
        } catch (IOException | InvalidConfigurationException e) {
            err().println("sluice: read cgroup-root: " + e.getMessage()
                    + "; without a daemon, cgroups of 'sluice run' are looked for at the cgroup2 mount only");
            return Optional.empty();
        }
    }
}

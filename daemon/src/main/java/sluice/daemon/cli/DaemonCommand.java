// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

import sluice.daemon.DaemonProcess;

/** Runs the daemon in the foreground, as service managers like it. */
final class DaemonCommand extends Subcommand {
    private final ConfigurationOption configuration = new ConfigurationOption(spec());

    DaemonCommand() {
        super("Runs the daemon in the foreground until SIGTERM or SIGINT; SIGHUP reloads the configuration.");
    }

    @Override
    public Integer call() throws Exception {
        DaemonProcess.run(configuration.source(), Version.current());
        return ExitCode.FINE;
    }
}

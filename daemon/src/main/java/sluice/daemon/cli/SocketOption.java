// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import sluice.control.ControlClient;
import sluice.daemon.ConfigurationSource;
import sluice.rules.ApiSettings;
import sluice.rules.InvalidConfigurationException;

/** {@code --socket}, for the commands that ask the daemon. */
final class SocketOption {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final OptionSpec option = OptionSpec.builder("--socket")
            .paramLabel("FILE")
            .type(Path.class)
            .description("The daemon's control socket. Default: /run/sluice/control.sock, or api.socket of the default"
                    + " configuration file.")
            .build();

    SocketOption(CommandSpec command) {
        command.addOption(option);
    }

    ControlClient client() {
        return client(LIMIT);
    }

    /** @param limit how long one question may take altogether */
    ControlClient client(Duration limit) {
        @Nullable Path named = option.getValue();
        return new ControlClient(named == null ? usual() : named, limit);
    }

    /** Reading the configuration costs more than the rest of a command, so only when the default socket is missing. */
    private static Path usual() {
        var socket = ApiSettings.DEFAULT.socket();
        if (!Files.notExists(socket)) {
            return socket;
        }
        try {
            return new ConfigurationSource(null).load().configuration().api().socket();
        } catch (IOException | InvalidConfigurationException e) {
            // A broken file says nothing about where a running daemon listens; 'sluice check' tells what is wrong.
            return socket;
        }
    }
}

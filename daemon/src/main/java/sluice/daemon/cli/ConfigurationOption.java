// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import sluice.rules.Configuration;
import sluice.rules.ConfigurationReader;
import sluice.rules.InvalidConfigurationException;
import sluice.rules.Reading;
import sluice.rules.UserLookup;

/** {@code --config}, for the commands that read the file themselves. */
final class ConfigurationOption {
    private final OptionSpec option = OptionSpec.builder("-c", "--config")
            .paramLabel("FILE")
            .type(Path.class)
            .description("Configuration file. Default: $$CONFIGURATION_DIRECTORY/config.yaml, else"
                    + " /etc/sluice/config.yaml, else /etc/cgtproxy/config.yaml.")
            .build();

    ConfigurationOption(CommandSpec command) {
        command.addOption(option);
    }

    boolean isNamed() {
        return option.getValue() != null;
    }

    ConfigurationFile file() {
        @Nullable Path named = option.getValue();
        return ConfigurationFile.choose(named);
    }

    /** What the file says; without a default file, everything direct. */
    static Reading read(ConfigurationFile file) throws IOException, InvalidConfigurationException {
        var path = file.path();
        return path == null ? new Reading(Configuration.EVERYTHING_DIRECT, List.of(), List.of()) : reader().read(path);
    }

    /** A reader that knows the machine's users; /etc/passwd is read when a name comes up. */
    static ConfigurationReader reader() {
        return new ConfigurationReader(ConfigurationOption::uid);
    }

    private static OptionalInt uid(String name) {
        try {
            return UserLookup.passwd(Files.readString(Path.of("/etc/passwd"))).uid(name);
        } catch (IOException e) {
            throw new UncheckedIOException("look up the user " + name + " in /etc/passwd", e);
        }
    }
}

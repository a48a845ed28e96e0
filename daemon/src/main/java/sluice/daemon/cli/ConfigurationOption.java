// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import sluice.daemon.ConfigurationSource;

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

    /** What the option means. */
    ConfigurationSource source() {
        @Nullable Path named = option.getValue();
        return new ConfigurationSource(named);
    }
}

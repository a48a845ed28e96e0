// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** {@code --json}, for the commands that show something. */
final class JsonOption {
    private final OptionSpec option = OptionSpec.builder("--json")
            .description("Print JSON, whose form is stable.")
            .build();

    JsonOption(CommandSpec command) {
        command.addOption(option);
    }

    boolean wanted() {
        return Boolean.TRUE.equals(option.getValue());
    }
}

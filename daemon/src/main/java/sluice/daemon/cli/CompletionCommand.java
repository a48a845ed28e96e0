// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

import picocli.AutoComplete;
import picocli.CommandLine.Model.PositionalParamSpec;

/** {@code sluice completion}. */
final class CompletionCommand extends Subcommand {
    /** Shells with a script. */
    enum Shell {
        bash,
        zsh,
        fish
    }

    private final PositionalParamSpec shell = PositionalParamSpec.builder()
            .required(true)
            .paramLabel("SHELL")
            .type(Shell.class)
            .description("${COMPLETION-CANDIDATES}")
            .build();

    CompletionCommand() {
        super(
                "Prints a completion script for a shell.",
                "bash, zsh: source <(sluice completion bash); fish: sluice completion fish | source");
        spec().addPositional(shell);
    }

    @Override
    public Integer call() {
        var root = spec().root().commandLine();
        var script = switch (shell.<Shell>getValue()) {
            // picocli's script loads bashcompinit when zsh reads it.
            case bash, zsh -> AutoComplete.bash("sluice", root);
            case fish -> FishCompletion.script(root);
        };
        out().print(script);
        out().flush();
        return ExitCode.FINE;
    }
}

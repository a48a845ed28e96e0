// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sluice completion}. */
@Command(
        name = "completion",
        mixinStandardHelpOptions = true,
        description = {
            "Prints a completion script for a shell.",
            "bash, zsh: source <(sluice completion bash); fish: sluice completion fish | source",
        })
final class CompletionCommand implements Callable<Integer> {
    /** Shells with a script. */
    enum Shell {
        bash,
        zsh,
        fish
    }

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "SHELL", description = "${COMPLETION-CANDIDATES}")
    private Shell shell;

    @SuppressWarnings("NullAway.Init") // picocli sets the fields
    private CompletionCommand() {}

    @Override
    public Integer call() {
        var root = spec.root().commandLine();
        var script = switch (shell) {
            // picocli's script loads bashcompinit when zsh reads it.
            case bash, zsh -> AutoComplete.bash("sluice", root);
            case fish -> FishCompletion.script(root);
        };
        spec.commandLine().getOut().print(script);
        spec.commandLine().getOut().flush();
        return ExitCode.FINE;
    }
}

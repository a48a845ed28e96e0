// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * A command of the program. Its options are described to picocli in code, because picocli's way through annotations costs each
 * call 40 ms of reflection.
 */
abstract class Subcommand implements Callable<Integer> {
    private final CommandSpec spec = CommandSpec.wrapWithoutInspection(this);

    /** A command that shows this text in its help, a paragraph each. */
    Subcommand(String... description) {
        spec.usageMessage().description(description);
        addHelp(spec);
    }

    /** What picocli knows of it; subclasses add their options and parameters. */
    final CommandSpec spec() {
        return spec;
    }

    final PrintWriter out() {
        return spec.commandLine().getOut();
    }

    final PrintWriter err() {
        return spec.commandLine().getErr();
    }

    @Override
    public abstract Integer call() throws Exception;

    /** The options that every command has. */
    static void addHelp(CommandSpec spec) {
        spec.versionProvider(new Version())
                .addOption(OptionSpec.builder("-h", "--help")
                        .usageHelp(true)
                        .description("Show this help message and exit.")
                        .build())
                .addOption(OptionSpec.builder("-V", "--version")
                        .versionHelp(true)
                        .description("Print version information and exit.")
                        .build());
    }
}

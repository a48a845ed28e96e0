// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** The script for fish, which picocli has no generator for: complete(1). */
final class FishCompletion {
    private FishCompletion() {}

    static String script(CommandLine root) {
        var script = new StringBuilder("complete -c sluice -f\n");
        options(root, "__fish_use_subcommand", script);
        root.getSubcommands().forEach((name, command) -> {
            var description =
                    String.join(" ", command.getCommandSpec().usageMessage().description());
            script.append("complete -c sluice -n __fish_use_subcommand -a ")
                    .append(quote(name))
                    .append(" -d ")
                    .append(quote(description))
                    .append('\n');
            var condition = quote("__fish_seen_subcommand_from " + name);
            options(command, condition, script);
            for (var parameter : command.getCommandSpec().positionalParameters()) {
                for (var candidate : candidates(parameter.completionCandidates())) {
                    script.append("complete -c sluice -n ")
                            .append(condition)
                            .append(" -a ")
                            .append(quote(candidate))
                            .append('\n');
                }
            }
        });
        return script.toString();
    }

    private static Iterable<String> candidates(@Nullable Iterable<String> found) {
        return found == null ? List.of() : found;
    }

    private static void options(CommandLine command, String condition, StringBuilder script) {
        for (OptionSpec option : command.getCommandSpec().options()) {
            script.append("complete -c sluice -n ").append(condition);
            for (var name : option.names()) {
                script.append(name.startsWith("--") ? " -l " + name.substring(2) : " -s " + name.substring(1));
            }
            script.append(option.arity().max() > 0 ? " -r -F" : "")
                    .append(" -d ")
                    .append(quote(String.join(" ", option.description()).replace("$$", "$")))
                    .append('\n');
        }
    }

    private static String quote(String text) {
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The program's entry, and the command that knows all others. */
@Command(
        name = "sluice",
        versionProvider = Version.class,
        mixinStandardHelpOptions = true,
        description = "Decides per application (cgroup) where its network traffic goes.",
        commandListHeading = "%nCommands:%n",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:fine",
            "1:failed",
            "2:wrong usage",
            "3:invalid configuration",
            "4:missing permission or kernel feature",
            "5:no daemon",
        })
public final class Sluice implements Runnable {
    private static final String COMPLETION = "completion";
    private static final Map<String, Class<?>> COMMANDS = commands();

    @Spec
    private CommandSpec spec;

    @SuppressWarnings("NullAway.Init") // picocli sets the fields
    private Sluice() {}

    private static Map<String, Class<?>> commands() {
        var commands = new LinkedHashMap<String, Class<?>>();
        commands.put("daemon", DaemonCommand.class);
        commands.put("check", CheckCommand.class);
        commands.put("reload", ReloadCommand.class);
        commands.put("status", StatusCommand.class);
        commands.put("tree", TreeCommand.class);
        commands.put("explain", ExplainCommand.class);
        commands.put("run", RunCommand.class);
        commands.put("flows", FlowsCommand.class);
        commands.put("select", SelectCommand.class);
        commands.put("demo", DemoCommand.class);
        commands.put("cleanup", CleanupCommand.class);
        commands.put(COMPLETION, CompletionCommand.class);
        return commands;
    }

    /** Runs one command and ends the process with its exit code. */
    public static void main(String[] arguments) {
        int code = commandLine(arguments).execute(arguments);
        System.out.flush();
        // Not exit(), which starts the JDK's logging to say so (Runtime.exit, "Event Logging"): 35 ms. There are no
        // hooks.
        Runtime.getRuntime().halt(code);
    }

    /**
     * The command line for these arguments. It knows the one command that they begin with, because picocli's reflection on
     * each costs 15 ms, or all.
     */
    static CommandLine commandLine(String... arguments) {
        var commandLine = new CommandLine(new Sluice());
        var first = arguments.length == 0 ? "" : arguments[0];
        if (COMMANDS.containsKey(first) && !first.equals(COMPLETION)) {
            commandLine.addSubcommand(first, COMMANDS.get(first));
        } else {
            COMMANDS.forEach(commandLine::addSubcommand);
        }
        var run = commandLine.getSubcommands().get("run");
        if (run != null) {
            // Options after the program's name are the program's.
            run.setStopAtPositional(true);
        }
        return commandLine
                .setExecutionExceptionHandler(new Failures())
                .setColorScheme(CommandLine.Help.defaultColorScheme(Terminal.ansi()));
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Missing command");
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** The program's entry, and the command that knows all others. */
public final class Sluice implements Runnable {
    private static final String COMPLETION = "completion";
    private static final Map<String, Supplier<Subcommand>> COMMANDS = commands();
    private static final Map<String, String> EXIT_CODES = exitCodes();

    private final CommandSpec spec = CommandSpec.wrapWithoutInspection(this);

    private Sluice() {
        spec.name("sluice")
                .usageMessage()
                .description("Decides per application (cgroup) where its network traffic goes.")
                .commandListHeading("%nCommands:%n")
                .exitCodeListHeading("%nExit codes:%n")
                .exitCodeList(EXIT_CODES);
        Subcommand.addHelp(spec);
    }

    private static Map<String, Supplier<Subcommand>> commands() {
        var commands = new LinkedHashMap<String, Supplier<Subcommand>>();
        commands.put("daemon", DaemonCommand::new);
        commands.put("check", CheckCommand::new);
        commands.put("reload", ReloadCommand::new);
        commands.put("status", StatusCommand::new);
        commands.put("tree", TreeCommand::new);
        commands.put("explain", ExplainCommand::new);
        commands.put("run", RunCommand::new);
        commands.put("flows", FlowsCommand::new);
        commands.put("select", SelectCommand::new);
        commands.put("dns", DnsCommand::new);
        commands.put("demo", DemoCommand::new);
        commands.put("cleanup", CleanupCommand::new);
        commands.put(COMPLETION, CompletionCommand::new);
        return commands;
    }

    private static Map<String, String> exitCodes() {
        var codes = new LinkedHashMap<String, String>();
        codes.put("0", "fine");
        codes.put("1", "failed");
        codes.put("2", "wrong usage");
        codes.put("3", "invalid configuration");
        codes.put("4", "missing permission or kernel feature");
        codes.put("5", "no daemon");
        return codes;
    }

    /** Runs one command and ends the process with its exit code. */
    public static void main(String[] arguments) throws IOException {
        var exact = ProgramArguments.exact(arguments);
        int code = run(commandLine(exact), new StandardOutput(new FileOutputStream(FileDescriptor.out)), exact);
        // Not exit(), which starts the JDK's logging to say so (Runtime.exit, "Event Logging"): 35 ms. There are no
        // hooks.
        Runtime.getRuntime().halt(code);
    }

    /** Runs one command and returns its exit code. */
    static int run(CommandLine commandLine, StandardOutput output, String... arguments) {
        var out = output.writer(System.out.charset());
        int code = commandLine.setOut(out).execute(arguments);
        out.flush();
        var failure = output.failure();
        if (failure == null) {
            return code;
        }
        commandLine.getErr().println("sluice: write to standard output: " + failure.getMessage());
        return code == ExitCode.FINE ? ExitCode.FAILED : code;
    }

    /** The command line for these arguments. It knows the one command that they begin with, or all. */
    static CommandLine commandLine(String... arguments) {
        var commandLine = new CommandLine(new Sluice().spec);
        var first = arguments.length == 0 ? "" : arguments[0];
        var command = COMMANDS.get(first);
        if (command != null && !first.equals(COMPLETION)) {
            commandLine.addSubcommand(first, command.get().spec());
        } else {
            COMMANDS.forEach(
                    (name, each) -> commandLine.addSubcommand(name, each.get().spec()));
        }
        return commandLine
                // An argument that begins with @ is no file of arguments: those of 'run' are its program's.
                .setExpandAtFiles(false)
                .setExecutionExceptionHandler(new Failures())
                .setParameterExceptionHandler(new WrongUsage(List.copyOf(COMMANDS.keySet())))
                .setColorScheme(CommandLine.Help.defaultColorScheme(Terminal.ansi()));
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Missing command");
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import sluice.control.RefusedException;
import sluice.control.RunRequest;
import sluice.linux.NotFoundException;
import sluice.linux.Processes;
import sluice.linux.SystemCallException;

/** {@code sluice run}: the daemon moves this process to a cgroup with the target, then this process becomes the program. */
@Command(
        name = "run",
        mixinStandardHelpOptions = true,
        description = {
            "Runs a program whose traffic gets a target of its own.",
            "Arguments, standard streams, signals and the exit code are the program's. Without root, run: in the"
                    + " configuration has to allow it.",
        })
final class RunCommand implements Callable<Integer> {
    private static final String USUAL_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    @Spec
    private CommandSpec spec;

    @Mixin
    private SocketOption socket;

    @ArgGroup(multiplicity = "1")
    private Wanted wanted;

    @Parameters(arity = "1..*", paramLabel = "COMMAND", description = "The program and its arguments.")
    private List<String> command;

    /** Exactly one of these. */
    private static final class Wanted {
        @Option(names = "--direct", description = "Its traffic goes straight out.")
        private boolean direct;

        @Option(names = "--drop", description = "Its traffic goes nowhere.")
        private boolean drop;

        @Option(names = "--tproxy", paramLabel = "NAME", description = "Its traffic goes to this TPROXY server.")
        private @Nullable String tproxy;

        @Option(names = "--proxy", paramLabel = "NAME", description = "Its traffic goes through this outbound.")
        private @Nullable String proxy;

        RunRequest request() {
            if (tproxy != null) {
                return new RunRequest(RunRequest.Kind.tproxy, tproxy);
            }
            if (proxy != null) {
                return new RunRequest(RunRequest.Kind.proxy, proxy);
            }
            if (direct) {
                return new RunRequest(RunRequest.Kind.direct, null);
            }
            if (drop) {
                return new RunRequest(RunRequest.Kind.drop, null);
            }
            throw new IllegalStateException("picocli wants one of the group's options");
        }
    }

    @SuppressWarnings("NullAway.Init") // picocli sets the fields
    private RunCommand() {}

    @Override
    public Integer call() throws IOException, RefusedException {
        var err = spec.commandLine().getErr();
        var program = find(command.getFirst(), System.getenv("PATH"));
        if (program == null) {
            err.println("sluice: run " + command.getFirst() + ": there is no such program");
            return ExitCode.NO_SUCH_PROGRAM;
        }
        if (!Files.isExecutable(program) || Files.isDirectory(program)) {
            err.println("sluice: run " + program + ": it cannot be executed");
            return ExitCode.CANNOT_EXECUTE;
        }
        socket.client().run(wanted.request());
        return become(program, err);
    }

    private int become(Path program, PrintWriter err) throws IOException {
        try {
            Processes.execute(program.toString(), command, environment(System.getenv()));
            throw new IllegalStateException("execve returned");
        } catch (NotFoundException e) {
            err.println("sluice: " + e.getMessage());
            return ExitCode.NO_SUCH_PROGRAM;
        } catch (SystemCallException e) {
            err.println("sluice: " + e.getMessage());
            return ExitCode.CANNOT_EXECUTE;
        }
    }

    private static List<String> environment(Map<String, String> variables) {
        return variables.entrySet().stream()
                .map(variable -> variable.getKey() + "=" + variable.getValue())
                .toList();
    }

    /** As execvp(3): a name with a slash is a path; others are looked for in PATH, executable ones first. */
    static @Nullable Path find(String name, @Nullable String path) {
        if (name.contains("/")) {
            var named = Path.of(name).toAbsolutePath();
            return Files.exists(named) ? named : null;
        }
        Path unusable = null;
        for (var directory : (path == null ? USUAL_PATH : path).split(":", -1)) {
            var candidate = Path.of(directory).toAbsolutePath().resolve(name);
            if (Files.isExecutable(candidate) && !Files.isDirectory(candidate)) {
                return candidate;
            }
            if (unusable == null && Files.isRegularFile(candidate)) {
                unusable = candidate;
            }
        }
        return unusable;
    }
}

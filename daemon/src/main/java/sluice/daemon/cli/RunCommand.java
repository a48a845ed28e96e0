// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import sluice.control.RefusedException;
import sluice.control.RunRequest;
import sluice.linux.NotFoundException;
import sluice.linux.Processes;
import sluice.linux.SystemCallException;

/** {@code sluice run}: the daemon moves this process to a cgroup with the target, then this process becomes the program. */
final class RunCommand extends Subcommand {
    private static final String LOCALE = "LC_ALL";
    private static final String FORMER_LOCALE = "SLUICE_LC_ALL";
    private static final String USUAL_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private final SocketOption socket = new SocketOption(spec());

    private final OptionSpec direct = flag("--direct", "Its traffic goes straight out.");
    private final OptionSpec drop = flag("--drop", "Its traffic goes nowhere.");
    private final OptionSpec tproxy = named("--tproxy", "Its traffic goes to this TPROXY server.");
    private final OptionSpec proxy = named("--proxy", "Its traffic goes through this outbound.");
    private final PositionalParamSpec command = PositionalParamSpec.builder()
            .arity("1..*")
            .required(true)
            .paramLabel("COMMAND")
            .type(List.class)
            .auxiliaryTypes(String.class)
            .description("The program and its arguments.")
            .build();

    RunCommand() {
        super(
                "Runs a program whose traffic gets a target of its own.",
                "Arguments, standard streams, signals and the exit code are the program's. Without root, run: in the"
                        + " configuration has to allow it.");
        spec().addArgGroup(ArgGroupSpec.builder()
                        .multiplicity("1")
                        .addArg(direct)
                        .addArg(drop)
                        .addArg(tproxy)
                        .addArg(proxy)
                        .build())
                .addPositional(command);
        // Options after the program's name are the program's.
        spec().parser().stopAtPositional(true);
    }

    private static OptionSpec flag(String name, String description) {
        return OptionSpec.builder(name).description(description).build();
    }

    private static OptionSpec named(String name, String description) {
        return OptionSpec.builder(name)
                .paramLabel("NAME")
                .type(String.class)
                .description(description)
                .build();
    }

    private RunRequest wanted() {
        if (tproxy.getValue() != null) {
            return new RunRequest(RunRequest.Kind.tproxy, tproxy.getValue());
        }
        if (proxy.getValue() != null) {
            return new RunRequest(RunRequest.Kind.proxy, proxy.getValue());
        }
        return new RunRequest(
                Boolean.TRUE.equals(direct.getValue()) ? RunRequest.Kind.direct : RunRequest.Kind.drop, null);
    }

    @Override
    public Integer call() throws IOException, RefusedException {
        var err = err();
        List<String> words = command.getValue();
        var program = find(words.getFirst(), System.getenv("PATH"));
        if (program == null) {
            err.println("sluice: run " + words.getFirst() + ": there is no such program");
            return ExitCode.NO_SUCH_PROGRAM;
        }
        if (!Files.isExecutable(program) || Files.isDirectory(program)) {
            err.println("sluice: run " + program + ": it cannot be executed");
            return ExitCode.CANNOT_EXECUTE;
        }
        socket.client().run(wanted());
        return become(program, words, err);
    }

    private int become(Path program, List<String> words, PrintWriter err) throws IOException {
        try {
            Processes.execute(program.toString(), words, environment(System.getenv()));
            throw new IllegalStateException("execve returned");
        } catch (NotFoundException e) {
            err.println("sluice: " + e.getMessage());
            return ExitCode.NO_SUCH_PROGRAM;
        } catch (SystemCallException e) {
            err.println("sluice: " + e.getMessage());
            return ExitCode.CANNOT_EXECUTE;
        }
    }

    /** As it was before the launcher set the JVM's locale. */
    static List<String> environment(Map<String, String> variables) {
        var former = new HashMap<>(variables);
        former.remove(LOCALE);
        var locale = former.remove(FORMER_LOCALE);
        if (locale != null) {
            former.put(LOCALE, locale);
        }
        return former.entrySet().stream()
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

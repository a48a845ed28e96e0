// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import sluice.control.RefusedException;
import sluice.control.RunRequest;
import sluice.linux.FileStatus;
import sluice.linux.Inheritance;
import sluice.linux.KernelString;
import sluice.linux.NotFoundException;
import sluice.linux.PermissionDeniedException;
import sluice.linux.Processes;
import sluice.linux.SystemCallException;

/** {@code sluice run}: the daemon moves this process to a cgroup with the target, then this process becomes the program. */
final class RunCommand extends Subcommand {
    private static final String LOCALE = "LC_ALL=";
    private static final String FORMER_LOCALE = "SLUICE_LC_ALL=";
    private static final String DESCRIPTORS = "sluice.descriptors";
    private static final String IGNORED_SIGNALS = "sluice.ignored-signals";
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
                "Arguments, open files, signals and the exit code are the program's. Without root, run: in the"
                        + " configuration has to allow it, and the control socket's group has to have you as a member.");
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
            err.println("sluice: run " + KernelString.printable(words.getFirst()) + ": there is no such program");
            return ExitCode.NO_SUCH_PROGRAM;
        }
        if (!Processes.isExecutable(program)) {
            err.println("sluice: run " + KernelString.printable(program) + ": it cannot be executed");
            return ExitCode.CANNOT_EXECUTE;
        }
        socket.client().run(wanted());
        return become(program, words, err);
    }

    private int become(String program, List<String> words, PrintWriter err) throws IOException {
        try {
            // Not from System.getenv(), which reads what is not UTF-8 as U+FFFD.
            var variables = ProgramArguments.texts(Path.of("/proc/self/environ"));
            Processes.execute(
                    program,
                    words,
                    environment(variables),
                    inheritance(System.getProperty(DESCRIPTORS), System.getProperty(IGNORED_SIGNALS)));
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
    static List<String> environment(List<String> variables) {
        return variables.stream()
                .filter(variable -> !variable.startsWith(LOCALE))
                .map(variable -> variable.startsWith(FORMER_LOCALE)
                        ? LOCALE + variable.substring(FORMER_LOCALE.length())
                        : variable)
                .toList();
    }

    /** What the launcher says it was given. */
    static Inheritance inheritance(@Nullable String descriptors, @Nullable String ignoredSignals) {
        if (descriptors == null || ignoredSignals == null) {
            return Inheritance.USUAL;
        }
        return new Inheritance(
                Arrays.stream(descriptors.split(" ", -1))
                        .filter(number -> !number.isEmpty())
                        .map(Integer::valueOf)
                        .collect(Collectors.toUnmodifiableSet()),
                Long.parseUnsignedLong(ignoredSignals, 16));
    }

    /** As execvp(3): a name with a slash is a path; others are looked for in PATH, executable ones first. */
    static @Nullable String find(String name, @Nullable String path) throws SystemCallException {
        if (name.contains("/")) {
            return exists(name) ? name : null;
        }
        String unusable = null;
        for (var directory : (path == null ? USUAL_PATH : path).split(":", -1)) {
            var candidate = directory.isEmpty() ? name : directory + "/" + name;
            if (Processes.isExecutable(candidate)) {
                return candidate;
            }
            if (unusable == null && isFile(candidate)) {
                unusable = candidate;
            }
        }
        return unusable;
    }

    private static boolean exists(String path) throws SystemCallException {
        try {
            return FileStatus.of(path).isPresent();
        } catch (PermissionDeniedException e) {
            // What a directory hides cannot be executed, rather than not be there: as shells say.
            return true;
        }
    }

    private static boolean isFile(String path) throws SystemCallException {
        try {
            return FileStatus.of(path).filter(found -> !found.isDirectory()).isPresent();
        } catch (PermissionDeniedException e) {
            return false;
        }
    }
}

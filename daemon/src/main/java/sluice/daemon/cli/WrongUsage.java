// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

import java.io.PrintWriter;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;
import sluice.linux.KernelString;
import sluice.rules.Nearest;

/**
 * Says in one line what is wrong with a command line; only {@code sluice} alone gets the whole help.
 *
 * @param commands that there are
 */
record WrongUsage(List<String> commands) implements IParameterExceptionHandler {
    @Override
    public int handleParseException(ParameterException failure, String[] arguments) {
        var command = failure.getCommandLine();
        var err = command.getErr();
        boolean root = command.getParent() == null;
        if (root && arguments.length == 0) {
            command.usage(err);
        } else if (root && !arguments[0].startsWith("-")) {
            err.println("sluice: there is no command \"" + KernelString.printable(arguments[0]) + "\"; "
                    + advice(Nearest.of(arguments[0], commands), "'sluice --help' lists the commands"));
        } else {
            print(failure, command, err);
        }
        return ExitCode.USAGE;
    }

    private static void print(ParameterException failure, CommandLine command, PrintWriter err) {
        var name = command.getCommandSpec().qualifiedName();
        Optional<String> meant = Optional.empty();
        if (failure instanceof UnmatchedArgumentException unmatched && unmatched.isUnknownOption()) {
            var given = unmatched.getUnmatched().getFirst().replaceFirst("=.*", "");
            var known = command.getCommandSpec().options().stream()
                    .flatMap(option -> Arrays.stream(option.names()))
                    .toList();
            meant = Nearest.of(given, known);
        }
        // picocli's words, which may quote several lines of an argument.
        var message =
                KernelString.printable(String.valueOf(failure.getMessage()).replaceAll("\\s+", " "));
        err.println(name + ": " + message + "; " + advice(meant, "'" + name + " --help' shows what it takes"));
    }

    private static String advice(Optional<String> meant, String otherwise) {
        return meant.map(name -> "did you mean \"" + name + "\"?").orElse(otherwise);
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import sluice.linux.KernelString;

/** The arguments as the process was given them. The JVM reads them as UTF-8, and what is none as U+FFFD. */
final class ProgramArguments {
    private static final String REPLACEMENT = "\uFFFD";

    private ProgramArguments() {}

    /** The arguments of {@code main}, with what is not UTF-8 as {@link KernelString} has it. */
    static String[] exact(String[] arguments) throws IOException {
        return exact(arguments, Path.of("/proc/self/cmdline"));
    }

    static String[] exact(String[] arguments, Path commandLine) throws IOException {
        if (Arrays.stream(arguments).noneMatch(argument -> argument.contains(REPLACEMENT))) {
            return arguments;
        }
        // Those of the java launcher are in front.
        var all = texts(commandLine);
        return all.subList(all.size() - arguments.length, all.size()).toArray(String[]::new);
    }

    /** The texts in a file of the kernel, which end with a zero byte each. */
    static List<String> texts(Path file) throws IOException {
        var bytes = Files.readAllBytes(file);
        var texts = new ArrayList<String>();
        int begin = 0;
        for (int at = 0; at < bytes.length; at++) {
            if (bytes[at] == 0) {
                texts.add(KernelString.decode(Arrays.copyOfRange(bytes, begin, at)));
                begin = at + 1;
            }
        }
        return texts;
    }
}

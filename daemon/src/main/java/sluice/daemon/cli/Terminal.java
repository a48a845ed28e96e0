// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Help.Ansi;

/** Whether and how standard output shows colour: on a terminal, unless NO_COLOR (no-color.org) or TERM=dumb forbid it. */
final class Terminal {
    private Terminal() {}

    static Ansi ansi() {
        return Holder.COLOURED ? Ansi.ON : Ansi.OFF;
    }

    static String bold(String text) {
        return Holder.COLOURED ? "\033[1m" + text + "\033[0m" : text;
    }

    static String faint(String text) {
        return Holder.COLOURED ? "\033[2m" + text + "\033[0m" : text;
    }

    static String warning(String text) {
        return Holder.COLOURED ? "\033[33m" + text + "\033[0m" : text;
    }

    private static final class Holder {
        static final boolean COLOURED = coloured(System.getenv("NO_COLOR"), System.getenv("TERM"));

        private static boolean coloured(@Nullable String noColor, @Nullable String term) {
            if ((noColor != null && !noColor.isEmpty()) || term == null || term.equals("dumb")) {
                return false;
            }
            try {
                var output = Files.readSymbolicLink(Path.of("/proc/self/fd/1")).toString();
                return output.startsWith("/dev/pts/") || output.startsWith("/dev/tty") || output.equals("/dev/console");
            } catch (IOException e) {
                return false;
            }
        }
    }
}

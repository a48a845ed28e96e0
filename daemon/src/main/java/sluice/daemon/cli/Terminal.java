// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Help.Ansi;
import sluice.linux.TerminalSize;

/**
 * How standard output shows text: in colour on a terminal, unless NO_COLOR (no-color.org) or TERM=dumb forbid it, and in
 * lines as wide as the terminal.
 */
final class Terminal {
    static final int ENDLESS = 1 << 20;

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

    /** Columns of the terminal; as good as endless where standard output is none and COLUMNS says nothing. */
    static int width() {
        return Width.COLUMNS;
    }

    /** What COLUMNS says, else what the terminal says. */
    static int width(@Nullable String columns, Supplier<OptionalInt> terminal) {
        if (columns != null && columns.matches("[1-9][0-9]{0,4}")) {
            return Integer.parseInt(columns);
        }
        return terminal.get().orElse(ENDLESS);
    }

    private static boolean isTerminal() {
        try {
            var output = Files.readSymbolicLink(Path.of("/proc/self/fd/1")).toString();
            return output.startsWith("/dev/pts/") || output.startsWith("/dev/tty") || output.equals("/dev/console");
        } catch (IOException e) {
            return false;
        }
    }

    private static final class Width {
        // Asking takes a native call, which what goes into a pipe need not wait for.
        static final int COLUMNS = width(
                System.getenv("COLUMNS"), () -> isTerminal() ? TerminalSize.ofStandardOutput() : OptionalInt.empty());
    }

    private static final class Holder {
        static final boolean COLOURED = coloured(System.getenv("NO_COLOR"), System.getenv("TERM"));

        private static boolean coloured(@Nullable String noColor, @Nullable String term) {
            if ((noColor != null && !noColor.isEmpty()) || term == null || term.equals("dumb")) {
                return false;
            }
            return isTerminal();
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

import java.io.PrintWriter;
import sluice.linux.KernelString;

/**
 * Where a command shows its answer to people.
 *
 * @param room columns that a line may take; longer ones are broken between words
 */
record Page(PrintWriter out, int room) {
    /** Columns of the label in front of a line. */
    private static final int LABEL = 15;

    private static final int INDENT = 2;

    /** As wide as the terminal. */
    static Page on(PrintWriter out) {
        return new Page(out, Terminal.width());
    }

    /** @param indent blanks in front of all lines but the first */
    void print(String text, int indent) {
        Wrapped.lines(KernelString.printable(text), indent, room).forEach(out::println);
    }

    void print(String text) {
        print(text, 0);
    }

    /** With the first words in bold type. */
    void heading(String bold, String rest) {
        var lines = Wrapped.lines(KernelString.printable(bold + rest), INDENT, room);
        var first = lines.getFirst();
        var shown = KernelString.printable(bold);
        out.println(
                first.startsWith(shown)
                        ? Terminal.bold(shown) + first.substring(shown.length())
                        : Terminal.bold(first));
        lines.stream().skip(1).forEach(out::println);
    }

    /** A line with a label in front of it. */
    void labelled(String label, String text) {
        print(label + " ".repeat(LABEL - label.length()) + text, LABEL);
    }

    void warning(String text) {
        Wrapped.lines(KernelString.printable(text), INDENT, room).forEach(line -> out.println(Terminal.warning(line)));
    }

    void faint(String text) {
        Wrapped.lines(KernelString.printable(text), INDENT, room).forEach(line -> out.println(Terminal.faint(line)));
    }

    void print(Columns columns) {
        columns.print(out, room);
    }

    void blank() {
        out.println();
    }
}

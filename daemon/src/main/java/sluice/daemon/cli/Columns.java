// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import sluice.linux.KernelString;

/**
 * Rows of text in aligned columns. Numbers stand right, everything else left; the last column is not padded. Where the
 * terminal is narrow, the widest columns give way and their texts are cut; where it is too narrow for that, rows are
 * paragraphs.
 */
final class Columns {
    private static final String GAP = "  ";
    /** A column that is cut keeps so much. */
    private static final int LEAST = 8;

    private static final int INDENT = 4;

    private final List<String> heading;
    private final List<List<String>> rows = new ArrayList<>();

    Columns(String... heading) {
        this.heading = List.of(heading);
    }

    Columns row(Object... cells) {
        var row = new ArrayList<String>();
        for (var cell : cells) {
            row.add(KernelString.printable(String.valueOf(cell)));
        }
        rows.add(row);
        return this;
    }

    /** @param room columns of the terminal */
    void print(PrintWriter out, int room) {
        var widths = new int[heading.size()];
        for (int column = 0; column < widths.length; column++) {
            widths[column] = TextWidth.of(heading.get(column));
            for (var row : rows) {
                widths[column] = Math.max(widths[column], TextWidth.of(row.get(column)));
            }
        }
        if (fit(widths, room - GAP.length() * (widths.length - 1))) {
            out.println(Terminal.bold(line(heading, widths)));
            rows.forEach(row -> out.println(line(row, widths)));
        } else {
            paragraph(heading, room).forEach(line -> out.println(Terminal.bold(line)));
            rows.forEach(row -> paragraph(row, room).forEach(out::println));
        }
    }

    /** A row where the terminal is too narrow for columns. */
    private static List<String> paragraph(List<String> row, int room) {
        var cells = row.stream().filter(cell -> !cell.isBlank()).collect(Collectors.joining(GAP));
        return Wrapped.lines(cells, INDENT, room);
    }

    /** Takes from the widest column until all fit. False: there is not even room for the headings. */
    private boolean fit(int[] widths, int room) {
        int sum = Arrays.stream(widths).sum();
        while (sum > room) {
            int widest = -1;
            for (int column = 0; column < widths.length; column++) {
                boolean cut = widths[column] > Math.max(LEAST, TextWidth.of(heading.get(column)));
                widest = cut && (widest < 0 || widths[column] > widths[widest]) ? column : widest;
            }
            if (widest < 0) {
                return false;
            }
            widths[widest]--;
            sum--;
        }
        return true;
    }

    private static String line(List<String> cells, int[] widths) {
        var line = new StringBuilder();
        for (int column = 0; column < widths.length; column++) {
            var cell = TextWidth.cut(cells.get(column), widths[column]);
            var padding = " ".repeat(widths[column] - TextWidth.of(cell));
            boolean number = !cell.isEmpty() && cell.chars().allMatch(c -> c >= '0' && c <= '9');
            boolean last = column == widths.length - 1;
            line.append(column == 0 ? "" : GAP)
                    .append(number ? padding : "")
                    .append(cell)
                    .append(number || last ? "" : padding);
        }
        return line.toString().stripTrailing();
    }
}

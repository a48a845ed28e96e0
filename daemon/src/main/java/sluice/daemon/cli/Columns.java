// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import sluice.linux.KernelString;

/** Rows of text in aligned columns. Numbers stand right, everything else left; the last column is not padded. */
final class Columns {
    private static final String GAP = "  ";

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

    void print(PrintWriter out) {
        var widths = new int[heading.size()];
        for (int column = 0; column < widths.length; column++) {
            widths[column] = heading.get(column).length();
            for (var row : rows) {
                widths[column] = Math.max(widths[column], row.get(column).length());
            }
        }
        out.println(Terminal.bold(line(heading, widths)));
        rows.forEach(row -> out.println(line(row, widths)));
    }

    private static String line(List<String> cells, int[] widths) {
        var line = new StringBuilder();
        for (int column = 0; column < widths.length; column++) {
            var cell = cells.get(column);
            var padding = " ".repeat(widths[column] - cell.length());
            boolean number = !cell.isEmpty() && cell.chars().allMatch(c -> c >= '0' && c <= '9');
            boolean last = column == widths.length - 1;
            line.append(column == 0 ? "" : GAP)
                    .append(number ? padding : "")
                    .append(cell)
                    .append(number || last ? "" : padding);
        }
        return line.toString();
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.netlink.nftables;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The nft(8) program, as the oracle of what our messages mean. */
final class Nft {
    private Nft() {}

    /** What a command prints; an {@link AssertionError} with its errors if it fails. */
    static String run(String input, String... command) throws IOException, InterruptedException {
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try (var out = process.getOutputStream()) {
            out.write(input.getBytes(StandardCharsets.UTF_8));
        }
        var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new AssertionError(String.join(" ", command) + ":\n" + output + "\nfor:\n" + input);
        }
        return output;
    }

    /** Applies text in nft's own grammar. */
    static void apply(String text) throws IOException, InterruptedException {
        run(text, "nft", "-f", "-");
    }

    /** Lists a table. */
    static String list(Table table) throws IOException, InterruptedException {
        return run("", "nft", "list", "table", table.family().toString(), table.name());
    }

    /** The lines of a chain's rules as nft lists them. */
    static List<String> rules(Table table, String chain) throws IOException, InterruptedException {
        return run("", "nft", "list", "chain", table.family().toString(), table.name(), chain)
                .lines()
                .filter(line -> line.startsWith("\t\t") && !line.startsWith("\t\ttype "))
                .map(String::strip)
                .toList();
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import sluice.linux.Inheritance;
import sluice.linux.Processes;

/** Becomes the demonstration, which is a shell script so that newcomers can read what it does. */
final class DemoCommand extends Subcommand {
    DemoCommand() {
        super("Shows direct, drop and proxy on real traffic in a private world with a small internet; leaves nothing.");
    }

    @Override
    public Integer call() throws IOException {
        var script = Path.of(System.getProperty("java.home")).resolveSibling("lib/demo/run");
        if (!Files.exists(script)) {
            throw new NoSuchFileException(script.toString(), null, "not in this package");
        }
        var environment = System.getenv().entrySet().stream()
                .map(variable -> variable.getKey() + "=" + variable.getValue())
                .toList();
        Processes.execute(script.toString(), List.of(script.toString()), environment, Inheritance.USUAL);
        throw new AssertionError("execve(2) came back");
    }
}

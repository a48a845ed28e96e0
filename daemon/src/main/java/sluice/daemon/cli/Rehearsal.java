// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;

/**
 * Runs the commands on standard input, a line each, and forgets what they print. The build records the classes that this
 * loads in the AOT cache (JEP 514), which one process has to do for all commands.
 */
public final class Rehearsal {
    private Rehearsal() {}

    /** Runs them. Their outcome does not matter: what fails on the build machine loads its classes all the same. */
    public static void main(String[] arguments) throws IOException {
        var nowhere = new PrintWriter(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
        var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (var line = lines.readLine(); line != null; line = lines.readLine()) {
            var command = line.split(" ", -1);
            Sluice.commandLine(command).setOut(nowhere).setErr(nowhere).execute(command);
        }
    }
}

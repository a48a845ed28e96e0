// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

import picocli.CommandLine.Option;

/** {@code --json}, for the commands that show something. */
final class JsonOption {
    @Option(names = "--json", description = "Print JSON, whose form is stable.")
    private boolean wanted;

    boolean wanted() {
        return wanted;
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

/** What the process ends with. */
final class ExitCode {
    static final int FINE = 0;
    static final int FAILED = 1;
    static final int USAGE = 2;
    static final int INVALID_CONFIGURATION = 3;
    static final int NOT_POSSIBLE = 4;
    static final int NO_DAEMON = 5;
    /** As shells do: found, but it cannot be executed. */
    static final int CANNOT_EXECUTE = 126;
    /** As shells do: there is no such program. */
    static final int NO_SUCH_PROGRAM = 127;

    private ExitCode() {}
}

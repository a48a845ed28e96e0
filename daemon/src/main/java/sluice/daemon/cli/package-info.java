// SPDX-License-Identifier: Apache-2.0
/** The command line: one class per command. Each runs once, on the main thread, and ends the process with an {@link ExitCode}. */
@NullMarked
package sluice.daemon.cli;

import org.jspecify.annotations.NullMarked;

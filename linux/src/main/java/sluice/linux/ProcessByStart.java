// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A process by its number and the time it started at, for kernels without SO_PEERPIDFD: one that gets the number later started later.
 *
 * @param start in clock ticks since the boot; {@link #ENDED} if it had ended before one could look
 */
record ProcessByStart(int pid, long start) implements PeerProcess {
    static final long ENDED = -1;

    /** Of starttime in /proc/PID/stat, among the fields behind the name (proc_pid_stat(5)). */
    private static final int START = 22 - 3;

    static ProcessByStart of(int pid) {
        return new ProcessByStart(pid, startOf(pid));
    }

    @Override
    public boolean isAlive() {
        return start != ENDED && start == startOf(pid);
    }

    private static long startOf(int pid) {
        try {
            var text = KernelString.decode(Files.readAllBytes(Path.of("/proc/" + pid + "/stat")));
            // The name stands in parentheses and may contain anything.
            var fields = text.substring(text.lastIndexOf(')') + 2).split(" ", -1);
            return Long.parseLong(fields[START]);
        } catch (IOException e) {
            return ENDED;
        }
    }

    @Override
    public void close() {
        // It holds nothing.
    }
}

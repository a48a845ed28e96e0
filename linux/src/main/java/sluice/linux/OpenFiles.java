// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import static sluice.linux.Checked.check;

/** How many descriptors this process may have open (RLIMIT_NOFILE, getrlimit(2)). */
public final class OpenFiles {
    private static final int RLIMIT_NOFILE = 7;

    private OpenFiles() {}

    /** The soft limit, which open(2) and its like obey; at most {@link Integer#MAX_VALUE}. */
    public static int limit() throws SystemCallException {
        var frame = CallFrame.current();
        check(ProcessCalls.getrlimit(frame, RLIMIT_NOFILE, frame.address), "read the limit of", "open files");
        long soft = frame.scratch.getLong(0);
        // RLIM_INFINITY is all ones.
        return soft < 0 || soft > Integer.MAX_VALUE ? Integer.MAX_VALUE : (int) soft;
    }
}

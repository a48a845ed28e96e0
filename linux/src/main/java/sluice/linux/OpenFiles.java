// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import static sluice.linux.Checked.check;

/** How many descriptors this process may have open (RLIMIT_NOFILE, getrlimit(2)). */
public final class OpenFiles {
    private static final int RLIMIT_NOFILE = 7;

    private OpenFiles() {}

    /** Sets the soft limit to the hard one, as far as this process may go without privilege; its children inherit it. */
    public static void raise() throws SystemCallException {
        var frame = CallFrame.current();
        check(ProcessCalls.getrlimit(frame, RLIMIT_NOFILE, frame.address), "read the limit of", "open files");
        frame.scratch.putLong(0, frame.scratch.getLong(Long.BYTES));
        check(ProcessCalls.setrlimit(frame, RLIMIT_NOFILE, frame.address), "raise the limit of", "open files");
    }

    /** The soft limit, which open(2) and its like obey; at most {@link Integer#MAX_VALUE}. */
    public static int limit() throws SystemCallException {
        var frame = CallFrame.current();
        check(ProcessCalls.getrlimit(frame, RLIMIT_NOFILE, frame.address), "read the limit of", "open files");
        long soft = frame.scratch.getLong(0);
        // RLIM_INFINITY is all ones.
        return soft < 0 || soft > Integer.MAX_VALUE ? Integer.MAX_VALUE : (int) soft;
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import java.util.OptionalInt;

/** How large the terminal behind a descriptor is (TIOCGWINSZ, ioctl_tty(2)). */
public final class TerminalSize {
    private static final int TIOCGWINSZ = 0x5413;
    /** In struct winsize, behind the rows. */
    private static final int WS_COL = 2;

    private TerminalSize() {}

    /** The columns of the terminal that standard output is; empty if it is none, or one that does not know. */
    public static OptionalInt ofStandardOutput() {
        return of(1);
    }

    static OptionalInt of(int fd) {
        var frame = CallFrame.current();
        if (FileCalls.ioctl(frame, fd, TIOCGWINSZ, frame.address) < 0) {
            return OptionalInt.empty();
        }
        int columns = Short.toUnsignedInt(frame.scratch.getShort(WS_COL));
        return columns == 0 ? OptionalInt.empty() : OptionalInt.of(columns);
    }
}

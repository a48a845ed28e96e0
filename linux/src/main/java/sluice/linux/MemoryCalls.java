// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import static sluice.linux.Downcall.intResult;
import static sluice.linux.Downcall.link;
import static sluice.linux.Downcall.longResult;

/** libc's calls on the process's own memory, raw: a value, or {@code -errno}. */
final class MemoryCalls {
    private static final Downcall MADVISE = link("madvise");
    private static final Downcall MMAP = link("mmap");
    private static final Downcall MALLOC_TRIM = link("malloc_trim");
    private static final Downcall SYSCALL = link("syscall");

    private MemoryCalls() {}

    static int madvise(CallFrame frame, long address, long length, int advice) {
        return intResult(frame, MADVISE.call(frame, address, length, advice));
    }

    /** An address, or {@code -errno}. */
    static long mmap(CallFrame frame, long length, int protection, int flags) {
        return longResult(frame, MMAP.call(frame, 0, length, protection, flags, -1, 0));
    }

    /** A call that libc has no function for, with one argument and 0 for all others. */
    static long syscall(CallFrame frame, long number, long argument) {
        return longResult(frame, SYSCALL.call(frame, number, argument));
    }

    static int mallocTrim(CallFrame frame, long pad) {
        return intResult(frame, MALLOC_TRIM.call(frame, pad));
    }
}

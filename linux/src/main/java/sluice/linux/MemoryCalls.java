// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import static sluice.linux.Downcall.impossible;
import static sluice.linux.Downcall.intResult;
import static sluice.linux.Downcall.link;
import static sluice.linux.Downcall.longResult;

import java.lang.invoke.MethodHandle;

/** libc's calls on the process's own memory, raw: a value, or {@code -errno}. */
final class MemoryCalls {
    private static final MethodHandle MADVISE = link("madvise", 3);
    private static final MethodHandle MMAP = link("mmap", 6);
    private static final MethodHandle MALLOC_TRIM = link("malloc_trim", 1);

    private MemoryCalls() {}

    static int madvise(CallFrame frame, long address, long length, int advice) {
        try {
            return intResult(frame, (long) MADVISE.invokeExact(frame.state, address, length, (long) advice));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    /** An address, or {@code -errno}. */
    static long mmap(CallFrame frame, long length, int protection, int flags) {
        try {
            return longResult(
                    frame, (long) MMAP.invokeExact(frame.state, 0L, length, (long) protection, (long) flags, -1L, 0L));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int mallocTrim(CallFrame frame, long pad) {
        try {
            return intResult(frame, (long) MALLOC_TRIM.invokeExact(frame.state, pad));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }
}

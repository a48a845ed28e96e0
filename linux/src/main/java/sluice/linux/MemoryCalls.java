// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import static sluice.linux.Downcall.intResult;
import static sluice.linux.Downcall.link;

/** libc's calls on the process's own memory, raw: a value, or {@code -errno}. */
final class MemoryCalls {
    private static final Downcall MADVISE = link("madvise");
    private static final Downcall MALLOC_TRIM = link("malloc_trim");

    private MemoryCalls() {}

    static int madvise(CallFrame frame, long address, long length, int advice) {
        return intResult(frame, MADVISE.call(frame, address, length, advice));
    }

    static int mallocTrim(CallFrame frame, long pad) {
        return intResult(frame, MALLOC_TRIM.call(frame, pad));
    }
}

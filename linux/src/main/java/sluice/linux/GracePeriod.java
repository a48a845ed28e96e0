// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

/**
 * Waits for what the kernel is in the middle of: packets on their way through netfilter's rules, for instance, which may have been preempted there. A grace
 * period of RCU, by membarrier(2).
 */
public final class GracePeriod {
    private static final int MEMBARRIER_CMD_GLOBAL = 1;
    /** SYS_membarrier; libc has no function of that name. The same number on all architectures but the oldest (asm-generic/unistd.h). */
    private static final int SYS_MEMBARRIER = System.getProperty("os.arch").equals("amd64") ? 324 : 283;

    private GracePeriod() {}

    /**
     * Returns once all that was under way has come to its end; takes some milliseconds. Any thread.
     *
     * @return false, at once, where the kernel does not do it: with nohz_full, or if a filter of system calls refuses; nor does it wait on
     *     a machine with one processor
     */
    public static boolean pass() {
        var frame = CallFrame.current();
        return MemoryCalls.syscall(frame, SYS_MEMBARRIER, MEMBARRIER_CMD_GLOBAL) == 0;
    }
}

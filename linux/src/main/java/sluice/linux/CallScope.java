// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import java.util.concurrent.ArrayBlockingQueue;

/**
 * Lends a thread the native memory that its calls need, and takes it back. A thread without it has memory of its own that only the garbage
 * collector frees: too late where virtual threads come and go by the thousand.
 */
public final class CallScope {
    private static final int MOST_KEPT = 256;
    private static final ArrayBlockingQueue<CallFrame> FREE = new ArrayBlockingQueue<>(MOST_KEPT);

    private CallScope() {}

    /** Runs the action on this thread, which has made no calls into this module yet. */
    public static void run(Runnable action) {
        var kept = FREE.poll();
        var frame = kept == null ? new CallFrame() : kept;
        CallFrame.lend(frame);
        try {
            action.run();
        } finally {
            CallFrame.giveUp();
            var _ = FREE.offer(frame);
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;

/**
 * Native memory that one thread reuses for all its calls: where errno is captured, and room for small arguments such as
 * a socket address. Reachable from its thread, so addresses in it stay valid for the length of any call.
 */
final class CallFrame {
    static final int SCRATCH_BYTES = 512;

    private static final ThreadLocal<CallFrame> CURRENT = ThreadLocal.withInitial(CallFrame::new);

    /** Passed as the capture-state argument of every downcall. */
    final MemorySegment state;

    /** For arguments of one call; its content does not outlive that call's caller. */
    final MemorySegment scratch;

    private CallFrame() {
        var arena = Arena.ofAuto();
        state = arena.allocate(Linker.Option.captureStateLayout());
        scratch = arena.allocate(SCRATCH_BYTES, Long.BYTES);
    }

    static CallFrame current() {
        return CURRENT.get();
    }
}

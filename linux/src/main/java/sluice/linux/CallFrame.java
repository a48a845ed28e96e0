// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/**
 * Native memory that one thread reuses for all its calls: where errno is captured, and room for small arguments such as
 * a socket address. Reachable from its thread, so addresses in it stay valid for the length of any call.
 */
final class CallFrame {
    /** Where results may be put while a path occupies the beginning of the scratch. */
    static final int RESULT = 4096;

    private static final int PATH_MAX = 4096;
    private static final int SCRATCH_BYTES = RESULT + 512;

    private static final ThreadLocal<CallFrame> CURRENT = ThreadLocal.withInitial(CallFrame::new);

    /** Passed as the capture-state argument of every downcall. */
    final MemorySegment state;

    /** What the last failed downcall of this thread left, in {@link #state}. */
    final ByteBuffer errno;

    /** For arguments of one call; its content does not outlive that call's caller. A buffer, because C1 compiles it to plain moves. */
    final ByteBuffer scratch = DirectMemory.allocate(SCRATCH_BYTES);

    /** Where the scratch begins. */
    final long address = new DirectMemory().address(scratch);

    /** Where the buffer begins that this thread read into or wrote from last. */
    final DirectMemory buffers = new DirectMemory();

    CallFrame() {
        var layout = Linker.Option.captureStateLayout();
        state = Arena.ofAuto().allocate(layout);
        errno = state.asByteBuffer().order(scratch.order());
    }

    static CallFrame current() {
        return Thread.currentThread() instanceof CallingThread calling ? calling.frame : CURRENT.get();
    }

    /** Makes a frame the current thread's, until {@link #giveUp}. */
    static void lend(CallFrame frame) {
        CURRENT.set(frame);
    }

    static void giveUp() {
        CURRENT.remove();
    }

    /** Puts a path as a C string at the scratch's beginning and returns its address. */
    long path(String path, String operation) throws SystemCallException {
        var bytes = KernelString.encode(path);
        if (bytes.length >= PATH_MAX) {
            throw SystemCallException.of(operation, KernelString.printable(path), Errno.ENAMETOOLONG);
        }
        if (path.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("path contains a zero byte: " + KernelString.printable(path));
        }
        scratch.put(0, bytes).put(bytes.length, (byte) 0);
        return address;
    }
}

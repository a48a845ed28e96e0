// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/** Remembers where the direct buffer that was used last begins, so that using it again allocates nothing. */
final class DirectMemory {
    private static final int PROT_READ = 1;
    private static final int PROT_WRITE = 2;
    private static final int MAP_PRIVATE = 2;
    private static final int MAP_ANONYMOUS = 0x20;

    private record Known(ByteBuffer buffer, long start) {}

    // Immutable once made: two threads at worst look the same address up twice.
    private @Nullable Known known;

    /** The address of the buffer's position; the caller keeps the buffer reachable until its call has returned. */
    @SuppressWarnings("ReferenceEquality")
    long address(ByteBuffer buffer) {
        var last = known;
        if (last == null || last.buffer != buffer) {
            if (!buffer.isDirect()) {
                throw new IllegalArgumentException("a heap buffer has no address: use ByteBuffer.allocateDirect");
            }
            last = new Known(
                    buffer, MemorySegment.ofBuffer(buffer.duplicate().clear()).address());
            known = last;
        }
        return last.start + buffer.position();
    }

    /** The address of the position of a buffer that stays reachable, without remembering it: for objects that must stay small. */
    static long addressOf(ByteBuffer buffer) {
        if (!buffer.isDirect()) {
            throw new IllegalArgumentException("a heap buffer has no address: use ByteBuffer.allocateDirect");
        }
        return MemorySegment.ofBuffer(buffer).address();
    }

    /**
     * Memory for the life of the process that costs nothing until it is touched (mmap(2)); direct buffers are filled with zeroes when they
     * are made, which touches all of them.
     */
    @SuppressWarnings("restricted")
    static ByteBuffer reserve(int bytes, String purpose) throws SystemCallException {
        long address = Checked.check(
                MemoryCalls.mmap(CallFrame.current(), bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS),
                "reserve memory for",
                purpose);
        return MemorySegment.ofAddress(address)
                .reinterpret(bytes)
                .asByteBuffer()
                .order(ByteOrder.nativeOrder());
    }

    static ByteBuffer allocate(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    }
}

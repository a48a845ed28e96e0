// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * A function of libc, called so that each call captures its own errno.
 *
 * <p>There is one adapter for all functions, because making one is what a cold start pays for: six arguments, each a {@code long}. On the
 * 64-bit ABIs of Linux int, long and addresses travel in the same registers, a callee looks at its own width and at as many as it
 * has, and variadic arguments go where others go; declaring all after the first variadic has x86-64 say in al that none is a
 * floating-point number, which a variadic callee may look at and no other does (System V ABI, AAPCS64). Whoever passes an address keeps
 * its memory reachable.
 *
 * <p>The outcome is the function's value, or {@code -errno} as in the kernel's own convention, so that an error number is never read from
 * shared state.
 */
final class Downcall {
    private static final int ERRNO =
            (int) Linker.Option.captureStateLayout().byteOffset(PathElement.groupElement("errno"));

    @SuppressWarnings("restricted")
    private static final MethodHandle ADAPTER = Linker.nativeLinker()
            .downcallHandle(
                    FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
                    Linker.Option.captureCallState("errno"),
                    Linker.Option.firstVariadicArg(1));

    private final MemorySegment function;

    private Downcall(MemorySegment function) {
        this.function = function;
    }

    static Downcall link(String symbol) {
        return new Downcall(Linker.nativeLinker().defaultLookup().findOrThrow(symbol));
    }

    long call(CallFrame frame, long one) {
        return call(frame, one, 0, 0, 0, 0, 0);
    }

    long call(CallFrame frame, long one, long two) {
        return call(frame, one, two, 0, 0, 0, 0);
    }

    long call(CallFrame frame, long one, long two, long three) {
        return call(frame, one, two, three, 0, 0, 0);
    }

    long call(CallFrame frame, long one, long two, long three, long four) {
        return call(frame, one, two, three, four, 0, 0);
    }

    long call(CallFrame frame, long one, long two, long three, long four, long five) {
        return call(frame, one, two, three, four, five, 0);
    }

    /** Calls it; what it returns means something only by {@link #intResult} or {@link #longResult}. */
    long call(CallFrame frame, long one, long two, long three, long four, long five, long six) {
        try {
            return (long) ADAPTER.invokeExact(function, frame.state, one, two, three, four, five, six);
        } catch (Throwable e) {
            // The adapter declares Throwable and throws only what the JVM itself cannot go on after.
            throw new AssertionError("downcall failed before it reached libc", e);
        }
    }

    /** The outcome of a function that returns {@code int}: the upper half of the register means nothing. */
    static int intResult(CallFrame frame, long returned) {
        int value = (int) returned;
        return value == -1 ? -frame.errno.getInt(ERRNO) : value;
    }

    static long longResult(CallFrame frame, long returned) {
        return returned == -1 ? -frame.errno.getInt(ERRNO) : returned;
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;

/**
 * Links libc functions so that each call captures its own errno.
 *
 * <p>Addresses travel as {@code long}: LP64 ABIs pass both in the same registers, and a number needs no slice object per
 * call. Whoever passes one keeps its memory reachable. A function's result is its value, or {@code -errno} as in the kernel's
 * own convention, so an error number is never read from shared state.
 */
@SuppressWarnings("restricted")
final class Downcall {
    static final ValueLayout.OfInt INT = JAVA_INT;
    static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    static final ValueLayout.OfLong POINTER = ValueLayout.JAVA_LONG;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final long ERRNO =
            Linker.Option.captureStateLayout().byteOffset(MemoryLayout.PathElement.groupElement("errno"));

    private Downcall() {}

    static MethodHandle link(String symbol, MemoryLayout returned, MemoryLayout... arguments) {
        return link(symbol, FunctionDescriptor.of(returned, arguments), List.of());
    }

    /** For {@code f(int, ...)} and the like: variadic arguments begin after the first {@code fixed} ones. */
    static MethodHandle linkVariadic(String symbol, int fixed, MemoryLayout returned, MemoryLayout... arguments) {
        return link(symbol, FunctionDescriptor.of(returned, arguments), List.of(Linker.Option.firstVariadicArg(fixed)));
    }

    private static MethodHandle link(String symbol, FunctionDescriptor descriptor, List<Linker.Option> more) {
        var options = new ArrayList<>(more);
        options.add(Linker.Option.captureCallState("errno"));
        return LINKER.downcallHandle(
                LINKER.defaultLookup().findOrThrow(symbol), descriptor, options.toArray(Linker.Option[]::new));
    }

    static int result(int returned, MemorySegment state) {
        return returned == -1 ? -state.get(JAVA_INT, ERRNO) : returned;
    }

    static long result(long returned, MemorySegment state) {
        return returned == -1 ? -state.get(JAVA_INT, ERRNO) : returned;
    }

    /** A downcall handle declares Throwable and throws only what the JVM itself cannot go on after. */
    static AssertionError impossible(Throwable cause) {
        return new AssertionError("downcall failed before it reached libc", cause);
    }
}

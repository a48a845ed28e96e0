// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;

/**
 * Links libc functions so that each call captures its own errno.
 *
 * <p>Every argument and result travels as {@code long}. LP64 ABIs pass int, long and addresses in the same registers, the callee looks at
 * its own width only, and functions with equally many arguments then share one adapter: linking is what a cold start pays for. Whoever
 * passes an address keeps its memory reachable.
 *
 * <p>The outcome is the function's value, or {@code -errno} as in the kernel's own convention, so that an error number is never read from
 * shared state.
 */
@SuppressWarnings("restricted")
final class Downcall {
    private static final Linker LINKER = Linker.nativeLinker();
    private static final Linker.Option CAPTURE_ERRNO = Linker.Option.captureCallState("errno");
    private static final int ERRNO =
            (int) Linker.Option.captureStateLayout().byteOffset(PathElement.groupElement("errno"));

    private Downcall() {}

    static MethodHandle link(String symbol, int arguments) {
        return link(symbol, arguments, CAPTURE_ERRNO);
    }

    /** For {@code f(int, ...)} and the like: variadic arguments begin after the first {@code fixed} ones. */
    static MethodHandle linkVariadic(String symbol, int fixed, int arguments) {
        return link(symbol, arguments, CAPTURE_ERRNO, Linker.Option.firstVariadicArg(fixed));
    }

    private static MethodHandle link(String symbol, int arguments, Linker.Option... options) {
        var layouts = new MemoryLayout[arguments];
        Arrays.fill(layouts, JAVA_LONG);
        return LINKER.downcallHandle(
                LINKER.defaultLookup().findOrThrow(symbol), FunctionDescriptor.of(JAVA_LONG, layouts), options);
    }

    /** The outcome of a function that returns {@code int}: the upper half of the register means nothing. */
    static int intResult(CallFrame frame, long returned) {
        int value = (int) returned;
        return value == -1 ? -frame.errno.getInt(ERRNO) : value;
    }

    static long longResult(CallFrame frame, long returned) {
        return returned == -1 ? -frame.errno.getInt(ERRNO) : returned;
    }

    /** A downcall handle declares Throwable and throws only what the JVM itself cannot go on after. */
    static AssertionError impossible(Throwable cause) {
        return new AssertionError("downcall failed before it reached libc", cause);
    }
}

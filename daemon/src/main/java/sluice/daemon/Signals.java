// SPDX-License-Identifier: Apache-2.0
package sluice.daemon;

import java.lang.reflect.Proxy;
import sluice.linux.Processes;
import sluice.linux.SystemCallException;

/**
 * Signals of the process. The JDK has no supported way to hear SIGHUP; {@code sun.misc.Signal} of jdk.unsupported stays until
 * there is one (JEP 260). It is reached by reflection because javac warns of every mention of it, and no option quiets that
 * under {@code --release}.
 */
final class Signals {
    private Signals() {}

    /**
     * Has the action run on a thread of its own whenever the signal comes. Where this process was started with the signal ignored, it
     * stays ignored.
     *
     * @param name without SIG
     */
    static void on(String name, Runnable action) {
        try {
            handle(signal(name), action);
        } catch (ReflectiveOperationException e) {
            throw unsupported(name, e);
        }
    }

    /**
     * As {@link #on}, also where this process was started with the signal ignored.
     *
     * @param name without SIG
     */
    static void onEvenIfIgnored(String name, Runnable action) throws SystemCallException {
        try {
            var signal = signal(name);
            Processes.stopIgnoring(
                    (int) signal.getClass().getMethod("getNumber").invoke(signal));
            handle(signal, action);
        } catch (ReflectiveOperationException e) {
            throw unsupported(name, e);
        }
    }

    private static Object signal(String name) throws ReflectiveOperationException {
        return Class.forName("sun.misc.Signal").getConstructor(String.class).newInstance(name);
    }

    private static void handle(Object signal, Runnable action) throws ReflectiveOperationException {
        var handler = Class.forName("sun.misc.SignalHandler");
        var proxy = Proxy.newProxyInstance(
                Signals.class.getClassLoader(), new Class<?>[] {handler}, (self, method, arguments) -> {
                    if (method.getName().equals("handle")) {
                        action.run();
                    }
                    return null;
                });
        signal.getClass().getMethod("handle", signal.getClass(), handler).invoke(null, signal, proxy);
    }

    private static LinkageError unsupported(String name, ReflectiveOperationException cause) {
        return new LinkageError("handle SIG" + name + ": this Java runtime lacks the module jdk.unsupported", cause);
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.daemon;

import java.lang.reflect.Proxy;

/**
 * Signals of the process. The JDK has no supported way to hear SIGHUP; {@code sun.misc.Signal} of jdk.unsupported stays until
 * there is one (JEP 260). It is reached by reflection because javac warns of every mention of it, and no option quiets that
 * under {@code --release}.
 */
final class Signals {
    private Signals() {}

    /**
     * Has the action run on a thread of its own whenever the signal comes.
     *
     * @param name without SIG
     */
    static void on(String name, Runnable action) {
        try {
            var signal = Class.forName("sun.misc.Signal");
            var handler = Class.forName("sun.misc.SignalHandler");
            var proxy = Proxy.newProxyInstance(
                    Signals.class.getClassLoader(), new Class<?>[] {handler}, (self, method, arguments) -> {
                        if (method.getName().equals("handle")) {
                            action.run();
                        }
                        return null;
                    });
            signal.getMethod("handle", signal, handler)
                    .invoke(null, signal.getConstructor(String.class).newInstance(name), proxy);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("handle SIG" + name + ": this Java runtime lacks the module jdk.unsupported", e);
        }
    }
}

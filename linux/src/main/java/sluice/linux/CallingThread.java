// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

/**
 * A daemon thread that calls the kernel all the time. The native memory that its calls need is a field of it: what others find by a
 * {@link ThreadLocal} costs them a look into a table with each call.
 */
public final class CallingThread extends Thread {
    final CallFrame frame = new CallFrame();

    /** A thread that does not run yet. */
    public CallingThread(String name, Runnable task) {
        super(task, name);
        setDaemon(true);
    }
}

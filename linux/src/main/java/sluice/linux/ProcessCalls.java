// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import static sluice.linux.Downcall.intResult;
import static sluice.linux.Downcall.link;
import static sluice.linux.Downcall.longResult;

import java.lang.foreign.Linker;

/** libc's calls on processes and what they may do, raw: a value, or {@code -errno}. */
final class ProcessCalls {
    private static final Downcall EXECVE = link("execve");
    private static final Downcall KILL = link("kill");
    private static final Downcall SIGPROCMASK = link("sigprocmask");
    private static final Downcall SIGNAL = link("signal");
    private static final Downcall SIGACTION = link("sigaction");
    private static final Downcall PRCTL = link("prctl");
    private static final Downcall CAPSET = link("capset");
    private static final Downcall UNSHARE = link("unshare");
    private static final Downcall SETNS = link("setns");
    private static final Downcall GETRLIMIT = link("getrlimit");
    private static final Downcall SETRLIMIT = link("setrlimit");

    private ProcessCalls() {}

    static int execve(CallFrame frame, long path, long arguments, long environment) {
        return intResult(frame, EXECVE.call(frame, path, arguments, environment));
    }

    static int kill(CallFrame frame, int pid, int signal) {
        return intResult(frame, KILL.call(frame, pid, signal));
    }

    static int sigprocmask(CallFrame frame, int how, long set, long previous) {
        return intResult(frame, SIGPROCMASK.call(frame, how, set, previous));
    }

    static long signal(CallFrame frame, int signal, long handler) {
        return longResult(frame, SIGNAL.call(frame, signal, handler));
    }

    static int sigaction(CallFrame frame, int signal, long action, long former) {
        return intResult(frame, SIGACTION.call(frame, signal, action, former));
    }

    /** The address of a function that any thread may run at any moment (signal-safety(7)) and that changes nothing. */
    static long harmlessFunction() {
        return Linker.nativeLinker().defaultLookup().findOrThrow("getppid").address();
    }

    static int prctl(CallFrame frame, int operation, long first, long second) {
        return intResult(frame, PRCTL.call(frame, operation, first, second, 0, 0));
    }

    static int capset(CallFrame frame, long header, long data) {
        return intResult(frame, CAPSET.call(frame, header, data));
    }

    static int unshare(CallFrame frame, int flags) {
        return intResult(frame, UNSHARE.call(frame, flags));
    }

    static int setns(CallFrame frame, int fd, int type) {
        return intResult(frame, SETNS.call(frame, fd, type));
    }

    static int setrlimit(CallFrame frame, int resource, long limit) {
        return intResult(frame, SETRLIMIT.call(frame, resource, limit));
    }

    static int getrlimit(CallFrame frame, int resource, long limit) {
        return intResult(frame, GETRLIMIT.call(frame, resource, limit));
    }
}

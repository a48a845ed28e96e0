// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import static sluice.linux.Downcall.impossible;
import static sluice.linux.Downcall.intResult;
import static sluice.linux.Downcall.link;
import static sluice.linux.Downcall.linkVariadic;

import java.lang.invoke.MethodHandle;

/** libc's calls on processes and what they may do, raw: a value, or {@code -errno}. */
final class ProcessCalls {
    private static final MethodHandle EXECVE = link("execve", 3);
    private static final MethodHandle KILL = link("kill", 2);
    private static final MethodHandle SIGPROCMASK = link("sigprocmask", 3);
    private static final MethodHandle PRCTL = linkVariadic("prctl", 1, 5);
    private static final MethodHandle CAPSET = link("capset", 2);
    private static final MethodHandle UNSHARE = link("unshare", 1);
    private static final MethodHandle SETNS = link("setns", 2);
    private static final MethodHandle GETRLIMIT = link("getrlimit", 2);

    private ProcessCalls() {}

    static int execve(CallFrame frame, long path, long arguments, long environment) {
        try {
            return intResult(frame, (long) EXECVE.invokeExact(frame.state, path, arguments, environment));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int kill(CallFrame frame, int pid, int signal) {
        try {
            return intResult(frame, (long) KILL.invokeExact(frame.state, (long) pid, (long) signal));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int sigprocmask(CallFrame frame, int how, long set, long previous) {
        try {
            return intResult(frame, (long) SIGPROCMASK.invokeExact(frame.state, (long) how, set, previous));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int prctl(CallFrame frame, int operation, long first, long second) {
        try {
            return intResult(frame, (long) PRCTL.invokeExact(frame.state, (long) operation, first, second, 0L, 0L));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int capset(CallFrame frame, long header, long data) {
        try {
            return intResult(frame, (long) CAPSET.invokeExact(frame.state, header, data));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int unshare(CallFrame frame, int flags) {
        try {
            return intResult(frame, (long) UNSHARE.invokeExact(frame.state, (long) flags));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int setns(CallFrame frame, int fd, int type) {
        try {
            return intResult(frame, (long) SETNS.invokeExact(frame.state, (long) fd, (long) type));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int getrlimit(CallFrame frame, int resource, long limit) {
        try {
            return intResult(frame, (long) GETRLIMIT.invokeExact(frame.state, (long) resource, limit));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import static sluice.linux.Downcall.impossible;
import static sluice.linux.Downcall.intResult;
import static sluice.linux.Downcall.link;

import java.lang.invoke.MethodHandle;

/** libc's calls on epoll, eventfd, timerfd and inotify, raw: a value, or {@code -errno}. */
final class EventCalls {
    private static final MethodHandle EPOLL_CREATE1 = link("epoll_create1", 1);
    private static final MethodHandle EPOLL_CTL = link("epoll_ctl", 4);
    private static final MethodHandle EPOLL_WAIT = link("epoll_wait", 4);
    private static final MethodHandle EVENTFD = link("eventfd", 2);
    private static final MethodHandle TIMERFD_CREATE = link("timerfd_create", 2);
    private static final MethodHandle TIMERFD_SETTIME = link("timerfd_settime", 4);
    private static final MethodHandle INOTIFY_INIT1 = link("inotify_init1", 1);
    private static final MethodHandle INOTIFY_ADD_WATCH = link("inotify_add_watch", 3);
    private static final MethodHandle INOTIFY_RM_WATCH = link("inotify_rm_watch", 2);

    private EventCalls() {}

    static int epollCreate1(CallFrame frame, int flags) {
        try {
            return intResult(frame, (long) EPOLL_CREATE1.invokeExact(frame.state, (long) flags));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int epollCtl(CallFrame frame, int epoll, int operation, int fd, long event) {
        try {
            return intResult(
                    frame, (long) EPOLL_CTL.invokeExact(frame.state, (long) epoll, (long) operation, (long) fd, event));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int epollWait(CallFrame frame, int epoll, long events, int maximum, int milliseconds) {
        try {
            return intResult(frame, (long)
                    EPOLL_WAIT.invokeExact(frame.state, (long) epoll, events, (long) maximum, (long) milliseconds));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int eventfd(CallFrame frame, int initial, int flags) {
        try {
            return intResult(frame, (long) EVENTFD.invokeExact(frame.state, (long) initial, (long) flags));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int timerfdCreate(CallFrame frame, int clock, int flags) {
        try {
            return intResult(frame, (long) TIMERFD_CREATE.invokeExact(frame.state, (long) clock, (long) flags));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int timerfdSettime(CallFrame frame, int fd, int flags, long value, long previous) {
        try {
            return intResult(
                    frame, (long) TIMERFD_SETTIME.invokeExact(frame.state, (long) fd, (long) flags, value, previous));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int inotifyInit1(CallFrame frame, int flags) {
        try {
            return intResult(frame, (long) INOTIFY_INIT1.invokeExact(frame.state, (long) flags));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int inotifyAddWatch(CallFrame frame, int fd, long path, int mask) {
        try {
            return intResult(frame, (long) INOTIFY_ADD_WATCH.invokeExact(frame.state, (long) fd, path, (long) mask));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int inotifyRmWatch(CallFrame frame, int fd, int watch) {
        try {
            return intResult(frame, (long) INOTIFY_RM_WATCH.invokeExact(frame.state, (long) fd, (long) watch));
        } catch (Throwable e) {
            throw impossible(e);
        }
    }
}

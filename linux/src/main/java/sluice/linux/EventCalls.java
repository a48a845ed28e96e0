// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import static sluice.linux.Downcall.INT;
import static sluice.linux.Downcall.POINTER;
import static sluice.linux.Downcall.impossible;
import static sluice.linux.Downcall.link;
import static sluice.linux.Downcall.result;

import java.lang.invoke.MethodHandle;

/** libc's calls on epoll, eventfd, timerfd and inotify, raw: a value, or {@code -errno}. */
final class EventCalls {
    private static final MethodHandle EPOLL_CREATE1 = link("epoll_create1", INT, INT);
    private static final MethodHandle EPOLL_CTL = link("epoll_ctl", INT, INT, INT, INT, POINTER);
    private static final MethodHandle EPOLL_WAIT = link("epoll_wait", INT, INT, POINTER, INT, INT);
    private static final MethodHandle EVENTFD = link("eventfd", INT, INT, INT);
    private static final MethodHandle TIMERFD_CREATE = link("timerfd_create", INT, INT, INT);
    private static final MethodHandle TIMERFD_SETTIME = link("timerfd_settime", INT, INT, INT, POINTER, POINTER);
    private static final MethodHandle INOTIFY_INIT1 = link("inotify_init1", INT, INT);
    private static final MethodHandle INOTIFY_ADD_WATCH = link("inotify_add_watch", INT, INT, POINTER, INT);
    private static final MethodHandle INOTIFY_RM_WATCH = link("inotify_rm_watch", INT, INT, INT);

    private EventCalls() {}

    static int epollCreate1(CallFrame frame, int flags) {
        try {
            return result((int) EPOLL_CREATE1.invokeExact(frame.state, flags), frame.state);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int epollCtl(CallFrame frame, int epoll, int operation, int fd, long event) {
        try {
            return result((int) EPOLL_CTL.invokeExact(frame.state, epoll, operation, fd, event), frame.state);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int epollWait(CallFrame frame, int epoll, long events, int maximum, int milliseconds) {
        try {
            return result((int) EPOLL_WAIT.invokeExact(frame.state, epoll, events, maximum, milliseconds), frame.state);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int eventfd(CallFrame frame, int initial, int flags) {
        try {
            return result((int) EVENTFD.invokeExact(frame.state, initial, flags), frame.state);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int timerfdCreate(CallFrame frame, int clock, int flags) {
        try {
            return result((int) TIMERFD_CREATE.invokeExact(frame.state, clock, flags), frame.state);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int timerfdSettime(CallFrame frame, int fd, int flags, long value, long previous) {
        try {
            return result((int) TIMERFD_SETTIME.invokeExact(frame.state, fd, flags, value, previous), frame.state);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int inotifyInit1(CallFrame frame, int flags) {
        try {
            return result((int) INOTIFY_INIT1.invokeExact(frame.state, flags), frame.state);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int inotifyAddWatch(CallFrame frame, int fd, long path, int mask) {
        try {
            return result((int) INOTIFY_ADD_WATCH.invokeExact(frame.state, fd, path, mask), frame.state);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int inotifyRmWatch(CallFrame frame, int fd, int watch) {
        try {
            return result((int) INOTIFY_RM_WATCH.invokeExact(frame.state, fd, watch), frame.state);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }
}

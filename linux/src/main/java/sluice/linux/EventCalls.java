// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import static sluice.linux.Downcall.intResult;
import static sluice.linux.Downcall.link;

/** libc's calls on epoll, eventfd, timerfd and inotify, raw: a value, or {@code -errno}. */
final class EventCalls {
    private static final Downcall EPOLL_CREATE1 = link("epoll_create1");
    private static final Downcall EPOLL_CTL = link("epoll_ctl");
    private static final Downcall EPOLL_WAIT = link("epoll_wait");
    private static final Downcall EVENTFD = link("eventfd");
    private static final Downcall TIMERFD_CREATE = link("timerfd_create");
    private static final Downcall TIMERFD_SETTIME = link("timerfd_settime");
    private static final Downcall INOTIFY_INIT1 = link("inotify_init1");
    private static final Downcall INOTIFY_ADD_WATCH = link("inotify_add_watch");
    private static final Downcall INOTIFY_RM_WATCH = link("inotify_rm_watch");

    private EventCalls() {}

    static int epollCreate1(CallFrame frame, int flags) {
        return intResult(frame, EPOLL_CREATE1.call(frame, flags));
    }

    static int epollCtl(CallFrame frame, int epoll, int operation, int fd, long event) {
        return intResult(frame, EPOLL_CTL.call(frame, epoll, operation, fd, event));
    }

    static int epollWait(CallFrame frame, int epoll, long events, int maximum, int milliseconds) {
        return intResult(frame, EPOLL_WAIT.call(frame, epoll, events, maximum, milliseconds));
    }

    static int eventfd(CallFrame frame, int initial, int flags) {
        return intResult(frame, EVENTFD.call(frame, initial, flags));
    }

    static int timerfdCreate(CallFrame frame, int clock, int flags) {
        return intResult(frame, TIMERFD_CREATE.call(frame, clock, flags));
    }

    static int timerfdSettime(CallFrame frame, int fd, int flags, long value, long previous) {
        return intResult(frame, TIMERFD_SETTIME.call(frame, fd, flags, value, previous));
    }

    static int inotifyInit1(CallFrame frame, int flags) {
        return intResult(frame, INOTIFY_INIT1.call(frame, flags));
    }

    static int inotifyAddWatch(CallFrame frame, int fd, long path, int mask) {
        return intResult(frame, INOTIFY_ADD_WATCH.call(frame, fd, path, mask));
    }

    static int inotifyRmWatch(CallFrame frame, int fd, int watch) {
        return intResult(frame, INOTIFY_RM_WATCH.call(frame, fd, watch));
    }
}

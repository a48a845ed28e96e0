// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import static sluice.linux.Checked.check;

import java.nio.ByteBuffer;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * epoll(7), edge triggered, for sockets that threads of their own use: a watcher hears once whenever more became possible, and nobody has
 * to say again that he waits. Any thread watches and ends watching; one thread calls {@link #await}, in a loop, and closes.
 */
public final class EdgePoller implements AutoCloseable {
    private static final int EPOLLET = 1 << 31;
    private static final int EVERYTHING = Poller.EPOLLIN | Poller.EPOLLOUT | Poller.EPOLLRDHUP | EPOLLET;
    private static final int EVENTS_PER_WAIT = 256;
    private static final long WAKEUP = -1;

    private final FileDescriptor epoll;
    private final FileDescriptor alarm;
    private final ByteBuffer events = DirectMemory.allocate(EVENTS_PER_WAIT * Poller.EVENT_BYTES);
    private final long eventsAddress = new DirectMemory().address(events);
    private final ConcurrentHashMap<Long, Watcher> watchers = new ConcurrentHashMap<>();
    private final AtomicLong keys = new AtomicLong();

    private EdgePoller(FileDescriptor epoll, FileDescriptor alarm) {
        this.epoll = epoll;
        this.alarm = alarm;
    }

    /** Hears what became possible. */
    @FunctionalInterface
    public interface Watcher {
        /**
         * On the awaiting thread, which it must not hold up.
         *
         * @param events EPOLL* bits of {@link Poller} that hold now
         */
        void ready(int events);
    }

    /** Opens one that watches nothing. */
    public static EdgePoller open() throws SystemCallException {
        var frame = CallFrame.current();
        int number = check(EventCalls.epollCreate1(frame, OpenFlags.O_CLOEXEC), "open", "epoll instance");
        var epoll = new FileDescriptor(number, "epoll instance");
        try {
            int eventfd = EventCalls.eventfd(frame, 0, OpenFlags.O_NONBLOCK | OpenFlags.O_CLOEXEC);
            var alarm = new FileDescriptor(check(eventfd, "open", "eventfd"), "eventfd");
            var poller = new EdgePoller(epoll, alarm);
            poller.add(alarm.number(), Poller.EPOLLIN, WAKEUP, "eventfd");
            return poller;
        } catch (SystemCallException e) {
            epoll.close();
            throw e;
        }
    }

    /**
     * Has the watcher hear what becomes possible on the socket, at once for what is possible already.
     *
     * @param socket stays the caller's
     * @return for {@link #forget}
     */
    public long watch(Pollable socket, Watcher watcher) throws SystemCallException {
        long key = keys.incrementAndGet();
        watchers.put(key, watcher);
        try {
            add(socket.number(), EVERYTHING, key, "a socket");
        } catch (SystemCallException e) {
            watchers.remove(key);
            throw e;
        }
        return key;
    }

    private void add(int fd, int wanted, long key, String name) throws SystemCallException {
        var frame = CallFrame.current();
        frame.scratch.putInt(0, wanted).putLong(Poller.DATA, key);
        check(
                EventCalls.epollCtl(frame, epoll.number(), Poller.EPOLL_CTL_ADD, fd, frame.address),
                "register with epoll",
                name);
    }

    /** Ends watching; the watcher may be in the middle of hearing something still. The socket is open. */
    public void forget(long key, Pollable socket) {
        if (watchers.remove(key) != null && epoll.isOpen()) {
            var frame = CallFrame.current();
            var _ = EventCalls.epollCtl(frame, epoll.number(), Poller.EPOLL_CTL_DEL, socket.number(), frame.address);
        }
    }

    /** How many sockets are watched. */
    public int size() {
        return watchers.size();
    }

    /**
     * Waits until something happened or {@link #wakeup} was called, and tells those who watch it.
     *
     * @return how many were told
     */
    public int await() throws SystemCallException {
        int ready = EventCalls.epollWait(CallFrame.current(), epoll.number(), eventsAddress, EVENTS_PER_WAIT, -1);
        if (ready == -Errno.EINTR) {
            return 0;
        }
        check(ready, "wait for", "epoll instance");
        int told = 0;
        for (int i = 0; i < ready; i++) {
            int happened = events.getInt(i * Poller.EVENT_BYTES);
            var watcher = watchers.get(events.getLong(i * Poller.EVENT_BYTES + Poller.DATA));
            if (watcher != null) {
                watcher.ready(happened);
                told++;
            }
        }
        return told;
    }

    /** Makes {@link #await} return, now and for ever after: for the end. Any thread, before {@link #close}. */
    public void wakeup() throws SystemCallException {
        var one = DirectMemory.allocate(Long.BYTES);
        one.putLong(0, 1);
        var _ = alarm.write(one);
    }

    @Override
    public void close() {
        alarm.close();
        epoll.close();
    }
}

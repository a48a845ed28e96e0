// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import static sluice.linux.Checked.check;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * epoll(7), level triggered: waits for many descriptors on one thread and calls their handlers there.
 *
 * <p>One thread owns it: registering, changing, awaiting and closing happen there. Only {@link #wakeup()} may be called from others.
 */
public final class Poller implements AutoCloseable {
    public static final int EPOLLIN = 0x1;
    public static final int EPOLLPRI = 0x2;
    public static final int EPOLLOUT = 0x4;
    public static final int EPOLLERR = 0x8;
    public static final int EPOLLHUP = 0x10;
    public static final int EPOLLRDHUP = 0x2000;
    /** Edge triggered: reports what has changed, and not again until it changes again. A handler that throws loses the others' edges. */
    public static final int EPOLLET = 1 << 31;

    static final int EPOLL_CTL_ADD = 1;
    static final int EPOLL_CTL_DEL = 2;
    private static final int EPOLL_CTL_MOD = 3;
    private static final int EVENTS_PER_WAIT = 256;
    private static final long WAKEUP = -1;

    // struct epoll_event is packed on x86-64 alone (linux/eventpoll.h).
    private static final boolean PACKED = System.getProperty("os.arch").equals("amd64");
    static final int EVENT_BYTES = PACKED ? 12 : 16;
    static final int DATA = PACKED ? 4 : 8;

    private final FileDescriptor epoll;
    private final FileDescriptor alarm;
    private final ByteBuffer alarmCount = DirectMemory.allocate(Long.BYTES);
    private final ByteBuffer alarmDrain = DirectMemory.allocate(Long.BYTES);
    private final AtomicBoolean alarmed = new AtomicBoolean();
    private final ByteBuffer events = DirectMemory.allocate(EVENTS_PER_WAIT * EVENT_BYTES);
    private final long eventsAddress = new DirectMemory().address(events);
    private final ByteBuffer change = DirectMemory.allocate(EVENT_BYTES);
    private final long changeAddress = new DirectMemory().address(change);
    private final List<@Nullable Registration> slots = new ArrayList<>();
    private int[] freeSlots = new int[64];
    private int freeCount;
    private int generation;

    private Poller(FileDescriptor epoll, FileDescriptor alarm) {
        this.epoll = epoll;
        this.alarm = alarm;
        alarmCount.putLong(0, 1);
    }

    /** Is called when its descriptor is ready. */
    @FunctionalInterface
    public interface Handler {
        /**
         * The descriptor is ready.
         *
         * @param events EPOLL* bits that hold now
         * @throws IOException which leaves {@link Poller#await}; other ready descriptors are reported by the next one
         */
        void ready(int events) throws IOException;
    }

    /** One descriptor's registration. Close it before the descriptor is closed. Owner thread only. */
    public final class Registration implements AutoCloseable {
        private final Pollable descriptor;
        private final Handler handler;
        private final int slot;
        private final long key;
        private boolean closed;

        private Registration(Pollable descriptor, Handler handler, int slot) {
            this.descriptor = descriptor;
            this.handler = handler;
            this.slot = slot;
            // The generation keeps an event that was fetched before a slot changed hands from its new holder.
            this.key = (long) (generation++ & Integer.MAX_VALUE) << 32 | slot;
        }

        /** Replaces what it waits for, EPOLL* bits; 0 pauses it. */
        public void events(int wanted) throws SystemCallException {
            control(EPOLL_CTL_MOD, descriptor, wanted, key);
        }

        /** As {@link #close}, without a system call: for a descriptor without duplicates that is closed next, which takes it out as well. */
        public void forget() {
            if (!closed) {
                closed = true;
                slots.set(slot, null);
                free(slot);
            }
        }

        /** Ends it; the handler is not called any more, not even for events fetched already. */
        @Override
        public void close() {
            if (!closed) {
                forget();
                if (descriptor.isOpen() && epoll.isOpen()) {
                    var _ = EventCalls.epollCtl(
                            CallFrame.current(), epoll.number(), EPOLL_CTL_DEL, descriptor.number(), changeAddress);
                }
            }
        }
    }

    /** Makes a poller with nothing registered. */
    public static Poller open() throws SystemCallException {
        var frame = CallFrame.current();
        int epoll = check(EventCalls.epollCreate1(frame, OpenFlags.O_CLOEXEC), "open", "epoll instance");
        var owned = new FileDescriptor(epoll, "epoll instance");
        try {
            int alarm = EventCalls.eventfd(frame, 0, OpenFlags.O_NONBLOCK | OpenFlags.O_CLOEXEC);
            var poller = new Poller(owned, new FileDescriptor(check(alarm, "open", "eventfd"), "eventfd"));
            poller.control(EPOLL_CTL_ADD, poller.alarm, EPOLLIN, WAKEUP);
            return poller;
        } catch (SystemCallException e) {
            owned.close();
            throw e;
        }
    }

    /**
     * Has {@code handler} called whenever one of {@code events} holds; EPOLLERR and EPOLLHUP are always among them.
     *
     * @param descriptor stays the caller's; not registered here already
     * @param events EPOLL* bits
     */
    public Registration register(Pollable descriptor, int events, Handler handler) throws SystemCallException {
        boolean reuse = freeCount > 0;
        int slot = reuse ? freeSlots[--freeCount] : slots.size();
        var registration = new Registration(descriptor, handler, slot);
        try {
            control(EPOLL_CTL_ADD, descriptor, events, registration.key);
        } catch (SystemCallException e) {
            if (reuse) {
                free(slot);
            }
            throw e;
        }
        if (reuse) {
            slots.set(slot, registration);
        } else {
            slots.add(registration);
        }
        return registration;
    }

    private void free(int slot) {
        if (freeCount == freeSlots.length) {
            freeSlots = Arrays.copyOf(freeSlots, 2 * freeCount);
        }
        freeSlots[freeCount++] = slot;
    }

    private void control(int operation, Pollable descriptor, int wanted, long key) throws SystemCallException {
        change.putInt(0, wanted);
        change.putLong(DATA, key);
        int result =
                EventCalls.epollCtl(CallFrame.current(), epoll.number(), operation, descriptor.number(), changeAddress);
        if (result < 0) {
            throw SystemCallException.of("register with epoll", descriptor.toString(), -result);
        }
    }

    /** As {@link #await(Duration)}, without end. */
    public int await() throws IOException {
        return awaitMillis(-1);
    }

    /**
     * Waits until a descriptor is ready, {@link #wakeup()} is called, a signal arrives or the time is up, and calls the handlers of all that
     * are ready.
     *
     * @param timeout rounded up to milliseconds; zero looks without waiting
     * @return how many handlers were called
     * @throws IOException what a handler threw
     */
    public int await(Duration timeout) throws IOException {
        long millis = Math.ceilDiv(Math.max(0, timeout.toNanos()), 1_000_000);
        return awaitMillis((int) Math.min(millis, Integer.MAX_VALUE));
    }

    /** As {@link #await(Duration)}, in milliseconds; -1 waits without end. Allocates nothing. */
    public int awaitMillis(int millis) throws IOException {
        return handle(waitMillis(millis));
    }

    /**
     * Waits as {@link #awaitMillis} does and calls no handler yet: for loops whose handlers need to know the time at which they were woken.
     *
     * @return what to give to {@link #handle} next
     */
    public int waitMillis(int millis) throws SystemCallException {
        int ready = EventCalls.epollWait(CallFrame.current(), epoll.number(), eventsAddress, EVENTS_PER_WAIT, millis);
        return ready == -Errno.EINTR ? 0 : check(ready, "wait for", "epoll instance");
    }

    /**
     * Calls the handlers of what {@link #waitMillis} has found.
     *
     * @return how many handlers were called
     * @throws IOException what a handler threw
     */
    public int handle(int ready) throws IOException {
        int handled = 0;
        for (int i = 0; i < ready; i++) {
            int happened = events.getInt(i * EVENT_BYTES);
            long key = events.getLong(i * EVENT_BYTES + DATA);
            if (key == WAKEUP) {
                // Drained first: a wakeup between the two lines is met by this return. The other way round, one
                // would leave the flag set without an event.
                var _ = alarm.read(alarmDrain.clear());
                alarmed.set(false);
            } else {
                handled += dispatch(key, happened);
            }
        }
        return handled;
    }

    private int dispatch(long key, int happened) throws IOException {
        var registration = slots.get((int) key);
        if (registration == null || registration.key != key) {
            return 0;
        }
        registration.handler.ready(happened);
        return 1;
    }

    /**
     * Makes the current or the next {@link #await} return. Any thread; many calls before that count as one, and on a closed poller it does
     * nothing.
     */
    public void wakeup() {
        if (alarmed.compareAndSet(false, true)) {
            // Not while it is being closed: the number could be a stranger's by then.
            synchronized (alarm) {
                if (alarm.isOpen()) {
                    ring();
                }
            }
        }
    }

    private void ring() {
        try {
            var _ = alarm.write(alarmCount.rewind());
        } catch (SystemCallException e) {
            throw new IllegalStateException("ring an eventfd of our own", e);
        }
    }

    /** Closes the poller; what was registered stays open and is its owners' to close. */
    @Override
    public void close() {
        synchronized (alarm) {
            alarm.close();
        }
        epoll.close();
    }
}

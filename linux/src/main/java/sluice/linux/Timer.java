// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import static sluice.linux.Checked.check;

import java.nio.ByteBuffer;
import java.time.Duration;

/**
 * timerfd(2) on the monotonic clock: readable when time is up. Register {@link #descriptor()} with a {@link Poller} and call
 * {@link #expirations()} when it is readable. Everything on one thread.
 */
public final class Timer implements AutoCloseable {
    private static final int CLOCK_MONOTONIC = 1;

    private final FileDescriptor descriptor;
    private final ByteBuffer count = DirectMemory.allocate(Long.BYTES);

    private Timer(FileDescriptor descriptor) {
        this.descriptor = descriptor;
    }

    /** Makes a timer that is not running. */
    public static Timer open(String name) throws SystemCallException {
        int fd = EventCalls.timerfdCreate(
                CallFrame.current(), CLOCK_MONOTONIC, OpenFlags.O_NONBLOCK | OpenFlags.O_CLOEXEC);
        return new Timer(new FileDescriptor(check(fd, "open timer", name), name));
    }

    /** The descriptor, for a {@link Poller}; still owned by this timer. */
    public FileDescriptor descriptor() {
        return descriptor;
    }

    /** Fires once, this long from now; replaces what was set. Zero fires as soon as possible. Nanoseconds count. */
    public void after(Duration delay) throws SystemCallException {
        set(delay, Duration.ZERO);
    }

    /** Fires every {@code period}, a positive time, first one period from now; replaces what was set. */
    public void every(Duration period) throws SystemCallException {
        set(period, period);
    }

    /** Stops it; what fired before stays readable no longer. */
    public void stop() throws SystemCallException {
        arm(0, 0, 0, 0);
    }

    private void set(Duration first, Duration period) throws SystemCallException {
        // A first expiration of zero would disarm the timer.
        var delay = first.isPositive() ? first : Duration.ofNanos(1);
        arm(delay.toSeconds(), delay.toNanosPart(), period.toSeconds(), period.toNanosPart());
    }

    private void arm(long seconds, int nanos, long periodSeconds, int periodNanos) throws SystemCallException {
        var frame = CallFrame.current();
        frame.scratch.putLong(0, periodSeconds);
        frame.scratch.putLong(8, periodNanos);
        frame.scratch.putLong(16, seconds);
        frame.scratch.putLong(24, nanos);
        check(
                EventCalls.timerfdSettime(frame, descriptor.number(), 0, frame.address, 0),
                "set timer",
                descriptor.name());
    }

    /** How often it has fired since this was last asked; 0 when it has not. */
    public long expirations() throws SystemCallException {
        count.clear();
        return descriptor.read(count) == Long.BYTES ? count.getLong(0) : 0;
    }

    @Override
    public void close() {
        descriptor.close();
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import static sluice.linux.Checked.check;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * inotify(7): tells what happens in watched directories. Non-blocking; register {@link #descriptor()} with a {@link Poller} and call
 * {@link #read} when it is readable. Everything on one thread.
 */
public final class Inotify implements AutoCloseable {
    public static final int IN_MODIFY = 0x2;
    public static final int IN_ATTRIB = 0x4;
    public static final int IN_CLOSE_WRITE = 0x8;
    public static final int IN_MOVED_FROM = 0x40;
    public static final int IN_MOVED_TO = 0x80;
    public static final int IN_CREATE = 0x100;
    public static final int IN_DELETE = 0x200;
    public static final int IN_DELETE_SELF = 0x400;
    public static final int IN_MOVE_SELF = 0x800;
    /** The queue was full and events were lost; comes with watch -1. */
    public static final int IN_Q_OVERFLOW = 0x4000;
    /** The watch is gone; the last event that names it. */
    public static final int IN_IGNORED = 0x8000;

    public static final int IN_ONLYDIR = 0x0100_0000;
    /** In an event: its subject is a directory. */
    public static final int IN_ISDIR = 0x4000_0000;

    /** Large, so that a burst costs few calls; WatchService lost half of 20,000 events. */
    private static final int BUFFER_BYTES = 256 * 1024;

    private static final int HEADER_BYTES = 16;

    private final FileDescriptor descriptor;
    private final ByteBuffer buffer = DirectMemory.allocate(BUFFER_BYTES);

    private Inotify(FileDescriptor descriptor) {
        this.descriptor = descriptor;
    }

    /** Is given each event. */
    @FunctionalInterface
    public interface Listener {
        /**
         * One event.
         *
         * @param watch what {@link Inotify#watch} returned; -1 with {@link #IN_Q_OVERFLOW}
         * @param mask IN_* bits
         * @param name the entry of the watched directory, see {@link KernelString}; empty when the event is about the directory itself
         */
        void event(int watch, int mask, String name) throws IOException;
    }

    /**
     * Makes an instance.
     *
     * @throws LimitReachedException EMFILE: fs.inotify.max_user_instances
     */
    public static Inotify open() throws SystemCallException {
        int fd = EventCalls.inotifyInit1(CallFrame.current(), OpenFlags.O_NONBLOCK | OpenFlags.O_CLOEXEC);
        if (fd == -Errno.EMFILE) {
            throw SystemCallException.of(
                    "open",
                    "inotify instance",
                    Errno.EMFILE,
                    "this user has no instance left; raise sysctl fs.inotify.max_user_instances");
        }
        return new Inotify(new FileDescriptor(check(fd, "open", "inotify instance"), "inotify instance"));
    }

    /** The descriptor, for a {@link Poller}; still owned by this instance. */
    public FileDescriptor descriptor() {
        return descriptor;
    }

    /**
     * Begins to watch a file or directory, or replaces the mask of the watch it has already.
     *
     * @param mask IN_* bits to be told of
     * @return the watch; the same number for the same inode
     * @throws NotFoundException when there is nothing of this name, or no longer
     * @throws LimitReachedException ENOSPC: fs.inotify.max_user_watches; ENOMEM
     */
    public int watch(String path, int mask) throws SystemCallException {
        var frame = CallFrame.current();
        int watch = EventCalls.inotifyAddWatch(frame, descriptor.number(), frame.path(path, "watch"), mask);
        if (watch == -Errno.ENOSPC) {
            throw SystemCallException.of(
                    "watch",
                    KernelString.printable(path),
                    Errno.ENOSPC,
                    "this user has no watch left; raise sysctl fs.inotify.max_user_watches");
        }
        if (watch < 0) {
            throw SystemCallException.of("watch", KernelString.printable(path), -watch);
        }
        return watch;
    }

    /** Ends a watch; one that the kernel has ended already is no error. An {@link #IN_IGNORED} event follows. */
    public void remove(int watch) throws SystemCallException {
        int result = EventCalls.inotifyRmWatch(CallFrame.current(), descriptor.number(), watch);
        if (result < 0 && result != -Errno.EINVAL) {
            throw SystemCallException.of("remove watch", Integer.toString(watch), -result);
        }
    }

    /**
     * Reads once, as much as the buffer of 256 KiB holds, and gives every event to the listener in the kernel's order.
     *
     * @return whether there was anything
     */
    public boolean read(Listener listener) throws IOException {
        buffer.clear();
        if (descriptor.read(buffer) <= 0) {
            return false;
        }
        buffer.flip();
        while (buffer.hasRemaining()) {
            int at = buffer.position();
            int length = buffer.getInt(at + 12);
            buffer.position(at + HEADER_BYTES + length);
            listener.event(buffer.getInt(at), buffer.getInt(at + 4), name(at + HEADER_BYTES, length));
        }
        return true;
    }

    private String name(int start, int padded) {
        int length = 0;
        while (length < padded && buffer.get(start + length) != 0) {
            length++;
        }
        if (length == 0) {
            return "";
        }
        var bytes = new byte[length];
        buffer.get(start, bytes);
        return KernelString.decode(bytes);
    }

    @Override
    public void close() {
        descriptor.close();
    }
}

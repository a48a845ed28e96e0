// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import static sluice.linux.Checked.check;

import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An open file descriptor and the duty to close it: whoever holds this object owns the descriptor, and it is closed exactly
 * once. Close-on-exec always. Closing while another thread uses the descriptor is the owner's error; using a closed one is
 * an {@link IllegalStateException}, never a call on a stranger's number.
 */
public final class FileDescriptor implements Pollable, AutoCloseable {
    private static final int CLOSED = -1;
    private static final int F_DUPFD_CLOEXEC = 1030;
    private static final int F_SETFD = 2;
    private static final int F_GETFL = 3;
    private static final int F_SETFL = 4;
    private static final int FD_CLOEXEC = 1;

    private final AtomicInteger number;
    private final String name;
    private final DirectMemory reading = new DirectMemory();
    private final DirectMemory writing = new DirectMemory();

    FileDescriptor(int number, String name) {
        this.number = new AtomicInteger(number);
        this.name = name;
    }

    /**
     * Takes over a descriptor this process was given, such as one of LISTEN_FDS, and sets close-on-exec.
     *
     * @param name what it is, for messages
     * @throws SystemCallException EBADF when there is no such descriptor
     */
    public static FileDescriptor adopt(int number, String name) throws SystemCallException {
        check(
                FileCalls.fcntl(CallFrame.current(), number, F_SETFD, FD_CLOEXEC),
                "adopt",
                name + " (fd " + number + ")");
        return new FileDescriptor(number, name);
    }

    /** Has exactly these of this process's descriptors be open in the program that it becomes. */
    static void passOn(Set<Integer> numbers) throws IOException {
        var frame = CallFrame.current();
        try (var open = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (var entry : open) {
                int number = Integer.parseInt(entry.getFileName().toString());
                int result = FileCalls.fcntl(frame, number, F_SETFD, numbers.contains(number) ? 0 : FD_CLOEXEC);
                // Another thread may have closed it meanwhile.
                if (result != -Errno.EBADF) {
                    check(result, "set close-on-exec of", "fd " + number);
                }
            }
        }
    }

    /** The number, for passing on. */
    @Override
    public int number() {
        int current = number.get();
        if (current == CLOSED) {
            throw new IllegalStateException(name + " is closed");
        }
        return current;
    }

    /** What this is, for messages. */
    public String name() {
        return name;
    }

    /** Whether {@link #close()} has not been called. */
    @Override
    public boolean isOpen() {
        return number.get() != CLOSED;
    }

    /** A second descriptor of the same open file (fcntl F_DUPFD_CLOEXEC); the caller owns it. */
    public FileDescriptor duplicate() throws SystemCallException {
        int copy = check(FileCalls.fcntl(CallFrame.current(), number(), F_DUPFD_CLOEXEC, 3), "duplicate", name);
        return new FileDescriptor(copy, name);
    }

    /**
     * Makes {@code target} another descriptor of the same open file (dup3), closing what it was: 0 to 2 to redirect standard
     * streams. With {@code inherit} it survives execve. Nobody owns it; adopt it for that.
     */
    public void duplicateTo(int target, boolean inherit) throws SystemCallException {
        int from = number();
        if (from == target) {
            check(FileCalls.fcntl(CallFrame.current(), from, F_SETFD, inherit ? 0 : FD_CLOEXEC), "duplicate", name);
            return;
        }
        check(FileCalls.dup3(CallFrame.current(), from, target, inherit ? 0 : OpenFlags.O_CLOEXEC), "duplicate", name);
    }

    /** Sets or clears O_NONBLOCK on the open file, which duplicates share. */
    public void nonBlocking(boolean on) throws SystemCallException {
        var frame = CallFrame.current();
        int flags = check(FileCalls.fcntl(frame, number(), F_GETFL, 0), "read the flags of", name);
        int wanted = on ? flags | OpenFlags.O_NONBLOCK : flags & ~OpenFlags.O_NONBLOCK;
        check(FileCalls.fcntl(frame, number(), F_SETFL, wanted), "set the flags of", name);
    }

    /**
     * read(2) into a direct buffer, which advances by the result.
     *
     * @return bytes read; 0 at the end; -1 when it would block
     */
    public int read(ByteBuffer buffer) throws SystemCallException {
        long result;
        var frame = CallFrame.current();
        try {
            do {
                result = FileCalls.read(frame, number(), reading.address(buffer), buffer.remaining());
            } while (result == -Errno.EINTR);
        } finally {
            Reference.reachabilityFence(buffer);
        }
        return finish(result, buffer, "read from");
    }

    /**
     * write(2) from a direct buffer, which advances by the result.
     *
     * @return bytes written; -1 when it would block
     */
    public int write(ByteBuffer buffer) throws SystemCallException {
        long result;
        var frame = CallFrame.current();
        try {
            do {
                result = FileCalls.write(frame, number(), writing.address(buffer), buffer.remaining());
            } while (result == -Errno.EINTR);
        } finally {
            Reference.reachabilityFence(buffer);
        }
        return finish(result, buffer, "write to");
    }

    private int finish(long result, ByteBuffer buffer, String operation) throws SystemCallException {
        if (result == -Errno.EAGAIN) {
            return -1;
        }
        int count = (int) check(result, operation, name);
        buffer.position(buffer.position() + count);
        return count;
    }

    /** Closes the descriptor; later calls do nothing. Linux releases the number even when close(2) reports an error. */
    @Override
    public void close() {
        int current = number.getAndSet(CLOSED);
        if (current != CLOSED) {
            var _ = FileCalls.close(CallFrame.current(), current);
        }
    }

    @Override
    public String toString() {
        return name + " (fd " + number.get() + ")";
    }
}

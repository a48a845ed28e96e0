// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import static sluice.linux.Checked.check;
import static sluice.linux.SocketConstants.AF_UNIX;
import static sluice.linux.SocketConstants.SOCK_CLOEXEC;
import static sluice.linux.SocketConstants.SOCK_STREAM;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A listening Unix stream socket that does not block. One thread accepts; owns its descriptor, not the file that names it.
 */
public final class UnixListener implements AutoCloseable {
    private static final int BACKLOG = 64;

    private final FileDescriptor descriptor;

    private UnixListener(FileDescriptor descriptor) {
        this.descriptor = descriptor;
    }

    /**
     * Makes a socket file and listens. Nobody can connect before the file has its permissions: until listen(2) the kernel
     * answers ECONNREFUSED.
     *
     * @param permissions of the file, whatever the umask says
     * @throws AlreadyExistsException when there is a file of that name
     * @throws NotFoundException when its directory is missing
     */
    public static UnixListener open(Path path, Set<PosixFilePermission> permissions) throws IOException {
        var address = new UnixAddress(path.toString(), false);
        var frame = CallFrame.current();
        var name = "socket " + path;
        var descriptor = new FileDescriptor(
                check(SocketCalls.socket(frame, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "open", name), name);
        boolean bound = false;
        try {
            int length = SockAddr.write(address, frame.scratch);
            check(SocketCalls.bind(frame, descriptor.number(), frame.address, length), "bind", name);
            bound = true;
            Files.setPosixFilePermissions(path, permissions);
            check(StreamCalls.listen(frame, descriptor.number(), BACKLOG), "listen on", name);
            descriptor.nonBlocking(true);
            return new UnixListener(descriptor);
        } catch (IOException | RuntimeException e) {
            descriptor.close();
            if (bound) {
                Files.deleteIfExists(path);
            }
            throw e;
        }
    }

    /** Takes over a descriptor that listens already, such as one that systemd passed. */
    public static UnixListener of(FileDescriptor descriptor) throws SystemCallException {
        descriptor.nonBlocking(true);
        return new UnixListener(descriptor);
    }

    /** Whether somebody listens on a socket file, also when his queue is full. */
    public static boolean isServed(Path path) throws IOException {
        try (var socket = NativeSocket.open(AF_UNIX, SOCK_STREAM, 0, "socket")) {
            socket.nonBlocking(true);
            var frame = CallFrame.current();
            int length = SockAddr.write(new UnixAddress(path.toString(), false), frame.scratch);
            int result = SocketCalls.connect(frame, socket.descriptor().number(), frame.address, length);
            if (result == -Errno.ECONNREFUSED || result == -Errno.ENOENT) {
                return false;
            }
            if (result != -Errno.EAGAIN) {
                check(result, "connect", "socket " + path);
            }
            return true;
        }
    }

    /** The descriptor, for a {@link Poller} and for systemd's store; still owned by this listener. */
    public FileDescriptor descriptor() {
        return descriptor;
    }

    /**
     * The next connection, which the caller owns, or null when none waits.
     *
     * @throws LimitReachedException when this process or the machine has too many open files
     */
    public @Nullable UnixConnection accept() throws SystemCallException {
        int fd;
        do {
            fd = StreamCalls.accept4(CallFrame.current(), descriptor.number(), 0, 0, SOCK_CLOEXEC);
        } while (fd == -Errno.EINTR || fd == -Errno.ECONNABORTED);
        if (fd == -Errno.EAGAIN) {
            return null;
        }
        return new UnixConnection(
                new FileDescriptor(check(fd, "accept from", descriptor.name()), "connection to " + descriptor.name()));
    }

    @Override
    public void close() {
        descriptor.close();
    }
}

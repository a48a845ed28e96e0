// SPDX-License-Identifier: Apache-2.0
package sluice.control;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sluice.linux.FileDescriptor;
import sluice.linux.NativeSocket;
import sluice.linux.UnixAddress;
import sluice.linux.UnixListener;

/**
 * The control socket's file, mode 0660, its group the process's own, and the lock beside it that tells a running daemon
 * from one that died. One thread.
 */
public final class ControlSocket implements AutoCloseable {
    private static final Set<PosixFilePermission> PERMISSIONS = PosixFilePermissions.fromString("rw-rw----");

    private final Path path;
    private final FileChannel lock;
    private final UnixListener listener;

    private ControlSocket(Path path, FileChannel lock, UnixListener listener) {
        this.path = path;
        this.lock = lock;
        this.listener = listener;
    }

    /**
     * Makes the socket, in place of one that a dead daemon left.
     *
     * @param path absolute
     * @throws IOException when another daemon lives there, the directory is missing, or something else has that name
     */
    public static ControlSocket open(Path path) throws IOException {
        return open(path, null);
    }

    /**
     * As {@link #open}, around a listening descriptor that the service manager kept or made, if it is of this path; else it is closed.
     *
     * @param inherited owned by the result
     */
    public static ControlSocket adopt(Path path, FileDescriptor inherited) throws IOException {
        if (isBound(inherited, path)) {
            return open(path, inherited);
        }
        inherited.close();
        return open(path);
    }

    private static boolean isBound(FileDescriptor descriptor, Path path) throws IOException {
        if (!(NativeSocket.of(descriptor).localAddress() instanceof UnixAddress address) || address.isAbstract()) {
            return false;
        }
        var bound = Path.of(address.name());
        return bound.equals(path) || (Files.exists(path) && Files.exists(bound) && Files.isSameFile(path, bound));
    }

    private static ControlSocket open(Path path, @Nullable FileDescriptor inherited) throws IOException {
        requireUsable(path);
        var lock = lock(path);
        try {
            if (inherited != null) {
                return new ControlSocket(path, lock, UnixListener.of(inherited));
            }
            removeStale(path);
            return new ControlSocket(path, lock, UnixListener.open(path, PERMISSIONS));
        } catch (IOException e) {
            lock.close();
            throw e;
        }
    }

    private static void requireUsable(Path path) throws IOException {
        int bytes = path.toString().getBytes(UTF_8).length;
        if (bytes >= UnixAddress.MAXIMUM_BYTES) {
            throw new IOException("open the control socket " + path + ": the path has " + bytes
                    + " bytes, the kernel allows " + (UnixAddress.MAXIMUM_BYTES - 1)
                    + "; give api.socket a shorter one");
        }
        var directory = path.toAbsolutePath().getParent();
        if (directory == null || !Files.isDirectory(directory)) {
            throw new IOException("open the control socket " + path + ": the directory " + directory
                    + " does not exist; make it (the unit does with RuntimeDirectory=sluice), or set api.socket");
        }
    }

    private static FileChannel lock(Path path) throws IOException {
        var file = path.resolveSibling(path.getFileName() + ".lock");
        var channel = FileChannel.open(
                file,
                Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, NOFOLLOW_LINKS),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try {
            if (channel.tryLock() != null) {
                return channel;
            }
        } catch (OverlappingFileLockException e) {
            // The other daemon lives in this very process.
        }
        channel.close();
        throw alive(path);
    }

    private static IOException alive(Path path) {
        return new IOException("open the control socket " + path
                + ": another daemon is using it; stop that one first, or set api.socket to another path");
    }

    private static void removeStale(Path path) throws IOException {
        if (!Files.exists(path, NOFOLLOW_LINKS)) {
            return;
        }
        if (!Files.readAttributes(path, BasicFileAttributes.class, NOFOLLOW_LINKS)
                .isOther()) {
            throw new IOException("open the control socket " + path
                    + ": there is a file of that name that is not a socket; move it away, or set api.socket");
        }
        if (UnixListener.isServed(path)) {
            throw alive(path);
        }
        Files.deleteIfExists(path);
    }

    /** The file. */
    public Path path() {
        return path;
    }

    /** The listening socket; still owned by this. */
    public UnixListener listener() {
        return listener;
    }

    /** Closes the socket and removes its file. */
    @Override
    public void close() throws IOException {
        try (lock) {
            listener.close();
            Files.deleteIfExists(path);
        }
    }

    /** Closes the socket and leaves its file, because the service manager keeps a copy of the descriptor open. */
    public void closeKeepingFile() throws IOException {
        try (lock) {
            listener.close();
        }
    }
}

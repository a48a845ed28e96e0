// SPDX-License-Identifier: Apache-2.0
package sluice.daemon;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;

/**
 * Keeps a second daemon out of a network namespace: a file locked by the one that runs, which the kernel unlocks when that
 * ends, however it ends. It lies where only root may write; a name that anybody can take would let anybody keep Sluice
 * from starting.
 */
final class InstanceLock implements AutoCloseable {
    private static final Path DIRECTORY = Path.of("/run/sluice");
    private static final Path LOCKS = Path.of("/proc/locks");
    private static final Pattern HELD =
            Pattern.compile("\\d+: POSIX +ADVISORY +WRITE (\\d+) (\\p{XDigit}+:\\p{XDigit}+:\\d+) .*");
    private static final Duration PAUSE = Duration.ofMillis(20);

    private final FileChannel channel;
    private final Path file;

    private InstanceLock(FileChannel channel, Path file) {
        this.channel = channel;
        this.file = file;
    }

    /** A path beside the lock, with nothing there, that only its holder uses. */
    Path beside(String name) {
        return file.resolveSibling(file.getFileName() + "." + name);
    }

    /** Another daemon holds the lock. */
    static final class HeldException extends IOException {
        private static final long serialVersionUID = 1;

        HeldException(String holder) {
            super("start the daemon: another one runs in this network namespace (pid " + holder
                    + "); 'sluice status' shows it");
        }
    }

    /** Takes the lock of the network namespace that the calling thread is in. */
    static InstanceLock acquire() throws IOException {
        return acquire(DIRECTORY, namespace());
    }

    /** As {@link #acquire()}, and waits for as long as this for another process to give it up. */
    static InstanceLock acquire(Duration patience) throws IOException {
        long end = System.nanoTime() + patience.toNanos();
        while (true) {
            try {
                return acquire();
            } catch (HeldException e) {
                if (System.nanoTime() - end >= 0) {
                    throw e;
                }
                LockSupport.parkNanos(PAUSE.toNanos());
            }
        }
    }

    /**
     * The process that holds the lock of the network namespace that the calling thread is in, as the kernel tells; empty
     * if none does, or one that this process cannot see.
     */
    static Optional<Long> holder() throws IOException {
        return holder(DIRECTORY, namespace());
    }

    static Optional<Long> holder(Path directory, String namespace) throws IOException {
        var file = file(directory, namespace);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        long device = (long) Files.getAttribute(file, "unix:dev");
        long inode = (long) Files.getAttribute(file, "unix:ino");
        // As fs/locks.c writes it, from the number that stat(2) makes of a device.
        long major = (device >> 8) & 0xfff;
        long minor = (device & 0xff) | ((device >> 12) & 0xfff00);
        var id = "%02x:%02x:%d".formatted(major, minor, inode);
        try (var lines = Files.lines(LOCKS, StandardCharsets.US_ASCII)) {
            return lines.map(HELD::matcher)
                    .filter(line -> line.matches() && line.group(2).equals(id))
                    .map(line -> Long.valueOf(line.group(1)))
                    .findFirst();
        }
    }

    private static String namespace() throws IOException {
        return Files.readSymbolicLink(Path.of("/proc/thread-self/ns/net")).toString();
    }

    private static Path file(Path directory, String namespace) {
        return directory.resolve("daemon-" + namespace.replaceAll("[^0-9]", "") + ".lock");
    }

    static InstanceLock acquire(Path directory, String namespace) throws IOException {
        var file = file(directory, namespace);
        FileChannel channel;
        try {
            if (!Files.isDirectory(directory)) {
                Files.createDirectory(
                        directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
            }
            channel = FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        } catch (AccessDeniedException e) {
            throw new AccessDeniedException(
                    e.getFile(),
                    null,
                    "make the daemon's lock file: permission denied; start it as root, with a " + directory
                            + " that root may write to (RuntimeDirectory=sluice)");
        } catch (IOException e) {
            throw new IOException(
                    "make the lock file " + file + ": " + reason(e) + "; the daemon needs a " + directory
                            + " that it may write to (RuntimeDirectory=sluice)",
                    e);
        }
        try {
            if (channel.tryLock() == null) {
                throw new HeldException(holder(channel));
            }
            channel.truncate(0);
            var pid = Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.US_ASCII);
            channel.write(ByteBuffer.wrap(pid), 0);
            return new InstanceLock(channel, file);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    private static String reason(IOException e) {
        return e instanceof java.nio.file.FileSystemException system && system.getReason() != null
                ? system.getReason()
                : e.getClass().getSimpleName();
    }

    private static String holder(FileChannel channel) throws IOException {
        var buffer = ByteBuffer.allocate(20);
        int length = channel.read(buffer, 0);
        var text = new String(buffer.array(), 0, Math.max(0, length), StandardCharsets.US_ASCII);
        return text.matches("[0-9]+") ? text : "unknown";
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}

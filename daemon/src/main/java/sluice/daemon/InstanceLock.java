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

/**
 * Keeps a second daemon out of a network namespace: a file locked by the one that runs, which the kernel unlocks when that
 * ends, however it ends. It lies where only root may write; a name that anybody can take would let anybody keep Sluice
 * from starting.
 */
final class InstanceLock implements AutoCloseable {
    private static final Path DIRECTORY = Path.of("/run/sluice");

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
        return acquire(
                DIRECTORY,
                Files.readSymbolicLink(Path.of("/proc/thread-self/ns/net")).toString());
    }

    static InstanceLock acquire(Path directory, String namespace) throws IOException {
        var file = directory.resolve("daemon-" + namespace.replaceAll("[^0-9]", "") + ".lock");
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

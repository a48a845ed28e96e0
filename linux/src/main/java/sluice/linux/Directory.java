// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import static sluice.linux.Checked.check;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/** An open directory, for listing what is in it (getdents64(2)). Not for use by several threads at once. */
public final class Directory implements AutoCloseable {
    private static final int BUFFER_BYTES = 32 * 1024;
    private static final int RECLEN = 16;
    private static final int TYPE = 18;
    private static final int NAME = 19;
    private static final byte DT_DIR = 4;

    private final FileDescriptor descriptor;

    private Directory(FileDescriptor descriptor) {
        this.descriptor = descriptor;
    }

    /** Is given each subdirectory. */
    @FunctionalInterface
    public interface Visitor {
        /** One subdirectory: its name without path, see {@link KernelString}, and its inode number. */
        void subdirectory(String name, long inode) throws IOException;
    }

    /**
     * Opens a directory.
     *
     * @return empty when there is nothing of this name, or no longer
     */
    public static Optional<Directory> open(String path) throws SystemCallException {
        var frame = CallFrame.current();
        long name = frame.path(path, "open directory");
        // O_DIRECTORY differs between architectures; getdents64 refuses other files anyway.
        int fd = FileCalls.openat(frame, OpenFlags.AT_FDCWD, name, OpenFlags.O_RDONLY | OpenFlags.O_CLOEXEC, 0);
        if (fd == -Errno.ENOENT || fd == -Errno.ENODEV) {
            return Optional.empty();
        }
        if (fd < 0) {
            throw SystemCallException.of("open directory", KernelString.printable(path), -fd);
        }
        return Optional.of(new Directory(new FileDescriptor(fd, KernelString.printable(path))));
    }

    /** The open file, for {@link FileStatus#of(FileDescriptor)}; still owned by this directory. */
    public FileDescriptor descriptor() {
        return descriptor;
    }

    /**
     * Gives every subdirectory that was there throughout to the visitor once, in no order; one that comes or goes meanwhile may or may not
     * be among them. A directory that is removed meanwhile simply ends. Works once per open directory.
     *
     * @throws IOException from the visitor, or when the kernel refuses
     */
    public void subdirectories(Visitor visitor) throws IOException {
        try (var arena = Arena.ofConfined()) {
            var memory = arena.allocate(BUFFER_BYTES, Long.BYTES);
            var buffer = memory.asByteBuffer().order(ByteOrder.nativeOrder());
            while (true) {
                long read =
                        FileCalls.getdents64(CallFrame.current(), descriptor.number(), memory.address(), BUFFER_BYTES);
                if (read == 0 || read == -Errno.ENOENT) {
                    return;
                }
                check(read, "list directory", descriptor.name());
                for (int at = 0; at < read; at += buffer.getShort(at + RECLEN) & 0xFFFF) {
                    if (buffer.get(at + TYPE) == DT_DIR) {
                        visit(buffer, at, visitor);
                    }
                }
            }
        }
    }

    private static void visit(ByteBuffer buffer, int at, Visitor visitor) throws IOException {
        int length = 0;
        while (buffer.get(at + NAME + length) != 0) {
            length++;
        }
        var bytes = new byte[length];
        buffer.get(at + NAME, bytes);
        var name = KernelString.decode(bytes);
        if (!name.equals(".") && !name.equals("..")) {
            visitor.subdirectory(name, buffer.getLong(at));
        }
    }

    @Override
    public void close() {
        descriptor.close();
    }
}

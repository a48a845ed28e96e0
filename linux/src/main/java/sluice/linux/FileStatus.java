// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import static sluice.linux.Checked.check;

import java.util.Optional;

/**
 * What statx(2) tells of a file; its layout is the same on every architecture.
 *
 * @param inode the inode number; of a cgroup's directory it is the cgroup's id
 * @param links hard links; of a directory two more than it has subdirectories, where the file system counts them
 * @param mode type and permissions, as in stat(2)
 */
public record FileStatus(long inode, int links, int mode) {
    /** What {@link #fileSystem} returns for cgroup2 (linux/magic.h). */
    public static final long CGROUP2_SUPER_MAGIC = 0x63677270;

    private static final int STATX_TYPE = 0x1;
    private static final int STATX_MODE = 0x2;
    private static final int STATX_NLINK = 0x4;
    private static final int STATX_INO = 0x100;
    private static final int WANTED = STATX_TYPE | STATX_MODE | STATX_NLINK | STATX_INO;

    private static final int NLINK = CallFrame.RESULT + 16;
    private static final int MODE = CallFrame.RESULT + 28;
    private static final int INO = CallFrame.RESULT + 32;

    private static final int S_IFMT = 0xF000;
    private static final int S_IFDIR = 0x4000;

    /**
     * The status of what a path names, following symbolic links.
     *
     * @return empty when there is nothing, or no longer
     */
    public static Optional<FileStatus> of(String path) throws SystemCallException {
        var frame = CallFrame.current();
        long name = frame.path(path, "stat");
        int result = FileCalls.statx(frame, OpenFlags.AT_FDCWD, name, 0, WANTED, name + CallFrame.RESULT);
        if (result == -Errno.ENOENT || result == -Errno.ENOTDIR || result == -Errno.ENODEV) {
            return Optional.empty();
        }
        if (result < 0) {
            throw SystemCallException.of("stat", KernelString.printable(path), -result);
        }
        return Optional.of(read(frame));
    }

    /** The status of an open file. */
    public static FileStatus of(FileDescriptor file) throws SystemCallException {
        var frame = CallFrame.current();
        long empty = frame.path("", "stat");
        check(
                FileCalls.statx(frame, file.number(), empty, OpenFlags.AT_EMPTY_PATH, WANTED, empty + CallFrame.RESULT),
                "stat",
                file.name());
        return read(frame);
    }

    private static FileStatus read(CallFrame frame) {
        return new FileStatus(
                frame.scratch.getLong(INO), frame.scratch.getInt(NLINK), frame.scratch.getShort(MODE) & 0xFFFF);
    }

    /** The type of the file system that a path is on, a magic number of statfs(2). */
    public static long fileSystem(String path) throws SystemCallException {
        var frame = CallFrame.current();
        long name = frame.path(path, "find the file system of");
        int result = FileCalls.statfs(frame, name, name + CallFrame.RESULT);
        check(result, "find the file system of", KernelString.printable(path));
        return frame.scratch.getLong(CallFrame.RESULT);
    }

    /** Whether it is a directory. */
    public boolean isDirectory() {
        return (mode & S_IFMT) == S_IFDIR;
    }
}

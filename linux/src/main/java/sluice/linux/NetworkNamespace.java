// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import static sluice.linux.Checked.check;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Which network namespace a thread is in (network_namespaces(7)).
 *
 * @param identity as the kernel writes it, such as {@code net:[4026531840]}; equal for the same namespace
 */
public record NetworkNamespace(String identity) {
    private static final int CLONE_NEWNET = 0x40000000;

    /** That of the calling thread. */
    public static NetworkNamespace current() throws IOException {
        return new NetworkNamespace(
                Files.readSymbolicLink(Path.of("/proc/thread-self/ns/net")).toString());
    }

    /**
     * Moves the calling thread, and no other, into a namespace (setns(2)). For a platform thread that does nothing else and ends afterwards:
     * one that has entered a namespace never returns to a pool.
     *
     * @param path such as {@code /run/netns/NAME} or {@code /proc/PID/ns/net}
     * @throws PermissionDeniedException without CAP_SYS_ADMIN
     */
    public static void enter(String path) throws SystemCallException {
        requirePlatformThread();
        var frame = CallFrame.current();
        long name = frame.path(path, "enter");
        int fd = FileCalls.openat(frame, OpenFlags.AT_FDCWD, name, OpenFlags.O_RDONLY | OpenFlags.O_CLOEXEC, 0);
        var printable = KernelString.printable(path);
        try (var namespace = new FileDescriptor(check(fd, "open network namespace", printable), printable)) {
            check(ProcessCalls.setns(frame, namespace.number(), CLONE_NEWNET), "enter network namespace", printable);
        }
    }

    /**
     * Moves the calling thread, and no other, into a new, empty namespace (unshare(2)), which ends with the thread and its
     * sockets. The same kind of thread as for {@link #enter}.
     *
     * @throws PermissionDeniedException without CAP_SYS_ADMIN
     */
    public static void enterNew() throws SystemCallException {
        requirePlatformThread();
        check(ProcessCalls.unshare(CallFrame.current(), CLONE_NEWNET), "make", "network namespace");
    }

    private static void requirePlatformThread() {
        if (Thread.currentThread().isVirtual()) {
            throw new IllegalStateException("a virtual thread shares its carrier: use a platform thread of its own");
        }
    }
}

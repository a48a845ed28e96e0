// SPDX-License-Identifier: Apache-2.0
package sluice.testkit;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A cgroup below the cgroup2 mount that belongs to one test, and everything made in it. Closing it kills the processes
 * inside (cgroup.kill) and removes the whole subtree. Never the root cgroup. Safe for use by several threads.
 */
public final class CgroupSandbox implements AutoCloseable {
    private static final AtomicInteger COUNTER = new AtomicInteger();

    private final Path root;

    private CgroupSandbox(Path root) {
        this.root = root;
    }

    /** Makes {@code sluice-test-NAME-PID-N} directly below the cgroup2 mount. */
    public static CgroupSandbox create(String name) throws IOException {
        return create(name, "");
    }

    /** Makes the same with {@code .slice} at the end, so that cgroups in it look like systemd's units. */
    public static CgroupSandbox createSlice(String name) throws IOException {
        return create(name, ".slice");
    }

    private static CgroupSandbox create(String name, String suffix) throws IOException {
        var unique = "sluice-test-" + name + "-" + ProcessHandle.current().pid() + "-" + COUNTER.incrementAndGet();
        return new CgroupSandbox(Files.createDirectory(mount().resolve(unique + suffix)));
    }

    /** The mount point of the cgroup2 file system, found by type in /proc/self/mountinfo. */
    public static Path mount() throws IOException {
        for (var line : Files.readAllLines(Path.of("/proc/self/mountinfo"))) {
            var halves = line.split(" - ", 2);
            if (halves.length == 2 && halves[1].startsWith("cgroup2 ")) {
                return Path.of(halves[0].split(" ")[4]);
            }
        }
        throw new IOException("find the cgroup2 mount: none in /proc/self/mountinfo; mount -t cgroup2 none DIRECTORY");
    }

    /** The sandbox's own directory. */
    public Path root() {
        return root;
    }

    /** Makes a cgroup, with its parents, given relative to {@link #root()}, and returns its directory. */
    public Path cgroup(String relative) throws IOException {
        return Files.createDirectories(root.resolve(relative));
    }

    @Override
    public void close() throws IOException {
        Await.ignoringFailure(() -> Files.writeString(root.resolve("cgroup.kill"), "1"));
        Await.until("cgroup " + root + " removed", Await.SOON, () -> {
            removeTree();
            return !Files.exists(root);
        });
    }

    private void removeTree() throws IOException {
        if (!Files.exists(root)) {
            return;
        }
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFileFailed(Path file, IOException cause) {
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException cause) throws IOException {
                try {
                    Files.deleteIfExists(directory);
                } catch (NoSuchFileException e) {
                    // Somebody else was faster.
                } catch (IOException e) {
                    // EBUSY while a killed process is still being reaped: the caller tries again.
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                return FileVisitResult.CONTINUE;
            }
        });
    }
}

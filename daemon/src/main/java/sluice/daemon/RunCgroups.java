// SPDX-License-Identifier: Apache-2.0
package sluice.daemon;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import sluice.cgroup.Cgroup;
import sluice.linux.PeerProcess;
import sluice.rules.Target;

/**
 * The cgroups of programs started with {@code sluice run}: makes them, and removes them when the last process has left. The
 * directories are few and short-lived, so it looks now and then, and only while there are any. Control thread only.
 */
final class RunCgroups {
    private static final Duration PERIOD = Duration.ofSeconds(2);

    private final Path root;
    private final ControlLoop loop;
    /** Paths relative to the managed root. */
    private final Set<String> alive = new LinkedHashSet<>();

    private ControlLoop.@Nullable Alarm alarm;

    RunCgroups(Path root, ControlLoop loop) {
        this.root = root;
        this.loop = loop;
    }

    /** Outbounds that programs of an earlier daemon, or of this one, go through. */
    static Set<String> outbounds(Path root) throws IOException {
        var found = new LinkedHashSet<String>();
        try (var targets = Files.newDirectoryStream(Path.of(root + RunCgroup.PARENT))) {
            for (var directory : targets) {
                if (RunCgroup.target(RunCgroup.PARENT + "/" + directory.getFileName())
                        instanceof Target.Proxy(var outbound)) {
                    found.add(outbound);
                }
            }
        } catch (NoSuchFileException e) {
            // Nobody has used it yet.
        }
        return found;
    }

    /**
     * What an operator should know of programs that run.
     *
     * @param served whether the configuration in force has a target
     */
    List<String> warnings(Predicate<Target> served) {
        var lost = new LinkedHashSet<String>();
        for (var path : alive) {
            var target = target(path);
            if (target != null && !served.test(target)) {
                lost.add("programs of 'sluice run' were promised " + target.description()
                        + ", which the configuration does"
                        + " not have any more: what they send is refused until it has it again");
            }
        }
        return List.copyOf(lost);
    }

    private static @Nullable Target target(String path) {
        return RunCgroup.target(path.substring(0, path.lastIndexOf('/')));
    }

    /** Takes over what an earlier daemon made. */
    void adopt(Collection<Cgroup> cgroups) {
        for (var cgroup : cgroups) {
            if (target(cgroup.path()) != null) {
                alive.add(cgroup.path());
            }
        }
        lookLater();
    }

    /**
     * Makes the cgroup for a process, to be filled with {@link #enter}. The kernel has to know it before.
     *
     * @return its path relative to the managed root
     */
    String create(Target target, long pid) throws IOException {
        var path = RunCgroup.parent(target) + "/" + pid;
        try {
            Files.createDirectories(directory(path));
        } catch (IOException e) {
            throw new IOException(
                    "make the cgroup " + directory(path) + ": " + e.getMessage()
                            + "; the daemon needs write access to the cgroup file system",
                    e);
        }
        alive.add(path);
        lookLater();
        return path;
    }

    /**
     * Moves the process there.
     *
     * @throws IOException also if it has ended, because its number may be another process's then
     */
    void enter(String path, PeerProcess process) throws IOException {
        requireAlive(process, path);
        try {
            Files.writeString(directory(path).resolve("cgroup.procs"), Integer.toString(process.pid()));
        } catch (IOException e) {
            throw new IOException(
                    "move process " + process.pid() + " to the cgroup " + path + ": " + e.getMessage(), e);
        }
        requireAlive(process, path);
    }

    private static void requireAlive(PeerProcess process, String path) throws IOException {
        if (!process.isAlive()) {
            throw new IOException("move process " + process.pid() + " to the cgroup " + path
                    + ": the process that asked for it has ended");
        }
    }

    private Path directory(String path) {
        return Path.of(root + path);
    }

    private void lookLater() {
        if (alarm == null && !alive.isEmpty()) {
            alarm = loop.after(PERIOD, this::removeEmpty);
        }
    }

    private void removeEmpty() {
        alarm = null;
        alive.removeIf(path -> isRemoved(directory(path)));
        lookLater();
    }

    private static boolean isRemoved(Path directory) {
        try {
            Files.delete(directory);
            return true;
        } catch (NoSuchFileException e) {
            return true;
        } catch (IOException e) {
            // EBUSY: somebody lives there.
            return false;
        }
    }

    /**
     * Removes the directories of {@code sluice run} below the managed root.
     *
     * @return whether nothing is left: no program runs there
     */
    static boolean removeAll(Path root) throws IOException {
        var parent = Path.of(root + RunCgroup.PARENT);
        Files.walkFileTree(parent, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure) {
                isRemoved(directory);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException failure) {
                // It has gone meanwhile.
                return FileVisitResult.CONTINUE;
            }
        });
        return Files.notExists(parent);
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.daemon;

import static sluice.linux.Inotify.IN_CLOSE_WRITE;
import static sluice.linux.Inotify.IN_CREATE;
import static sluice.linux.Inotify.IN_DELETE;
import static sluice.linux.Inotify.IN_MOVED_FROM;
import static sluice.linux.Inotify.IN_MOVED_TO;
import static sluice.linux.Inotify.IN_ONLYDIR;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sluice.linux.Inotify;
import sluice.linux.Poller;
import sluice.linux.SystemCallException;

/**
 * Notices when the configuration file, or a file that it names, has other content: written in place, replaced by rename, or reached through
 * a symbolic link that was swapped, as Kubernetes does for a ConfigMap. Everything on the control thread.
 *
 * <p>It watches every directory that holds a link on the way to a file, and the one that holds the file, and looks again
 * once they have been quiet for {@link #QUIET}, or after {@link #PATIENCE}. While the kernel lets it watch no more, it looks every
 * {@link #UNWATCHED}.
 */
final class ConfigurationWatch implements AutoCloseable {
    /** Editors and deployments touch a file several times in a row. */
    static final Duration QUIET = Duration.ofMillis(150);

    /** A directory that is never quiet, because others write to it too, puts a look off no longer than this. */
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private static final Duration UNWATCHED = Duration.ofSeconds(2);
    private static final int LINKS_AT_MOST = 40;
    private static final int EVENTS = IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ONLYDIR;
    private static final Logger LOG = LoggerFactory.getLogger(ConfigurationWatch.class);

    private final ControlLoop loop;
    private final ControlLoop.Task changed;
    private final Map<Path, Integer> watches = new HashMap<>();
    /** What each file was when it was last looked at. */
    private Map<Path, FileFingerprint> seen = new HashMap<>();

    private @Nullable Watching watching;
    private @Nullable String obstacle;
    private ControlLoop.@Nullable Alarm alarm;
    private boolean stirred;
    private long stirredNanos;

    private record Watching(Inotify inotify, Poller.Registration registration) {}

    /**
     * Watches nothing yet.
     *
     * @param changed runs on the control thread after each change
     */
    ConfigurationWatch(ControlLoop loop, ControlLoop.Task changed) {
        this.loop = loop;
        this.changed = changed;
    }

    /**
     * From now on these files, instead of those named before.
     *
     * @param files with what they were before they were read: reading takes time, and what changes meanwhile counts
     */
    void follow(Map<Path, FileFingerprint> files) {
        var next = new HashMap<Path, FileFingerprint>();
        files.forEach((file, fingerprint) -> next.put(file.toAbsolutePath(), fingerprint));
        watch(next);
    }

    /** As {@link #follow}, beside those that were named before: mending one of them mends the configuration. */
    void followToo(Map<Path, FileFingerprint> files) {
        var next = new HashMap<>(seen);
        files.forEach((file, fingerprint) -> next.put(file.toAbsolutePath(), fingerprint));
        watch(next);
    }

    private void watch(Map<Path, FileFingerprint> files) {
        seen = files;
        watch();
        if (obstacle == null && seen.entrySet().stream().anyMatch(ConfigurationWatch::differs)) {
            lookIn(Duration.ZERO);
        }
    }

    private static boolean differs(Map.Entry<Path, FileFingerprint> entry) {
        var now = FileFingerprint.of(entry.getKey());
        // A file that is gone is on its way to be replaced; what is in force stays in force.
        return !now.equals(FileFingerprint.ABSENT) && !now.equals(entry.getValue());
    }

    /** Why changes are noticed late; empty while they are not. */
    Optional<String> obstacle() {
        return Optional.ofNullable(obstacle);
    }

    private void watch() {
        try {
            watchDirectories(watching().inotify());
            obstacle = null;
        } catch (IOException e) {
            if (obstacle == null) {
                LOG.warn("{}; meanwhile looking for changes every {} s only", e.getMessage(), UNWATCHED.toSeconds());
            }
            obstacle = e.getMessage();
            lookIn(UNWATCHED);
        }
    }

    private Watching watching() throws IOException {
        if (watching == null) {
            var inotify = Inotify.open();
            try {
                watching = new Watching(
                        inotify,
                        loop.poller().register(inotify.descriptor(), Poller.EPOLLIN, events -> drain(inotify)));
            } catch (IOException e) {
                inotify.close();
                throw e;
            }
        }
        return watching;
    }

    private void drain(Inotify inotify) throws IOException {
        inotify.read((watch, mask, name) -> {});
        long now = System.nanoTime();
        if (!stirred) {
            stirred = true;
            stirredNanos = now;
        }
        long left = Math.max(0, stirredNanos + PATIENCE.toNanos() - now);
        lookIn(Duration.ofNanos(Math.min(QUIET.toNanos(), left)));
    }

    private void lookIn(Duration delay) {
        if (alarm != null) {
            alarm.close();
        }
        alarm = loop.after(delay, this::look);
    }

    private void look() throws IOException {
        alarm = null;
        stirred = false;
        watch();
        boolean differs = false;
        for (var entry : seen.entrySet()) {
            if (differs(entry)) {
                entry.setValue(FileFingerprint.of(entry.getKey()));
                differs = true;
            }
        }
        if (differs) {
            changed.run();
        }
    }

    private void watchDirectories(Inotify inotify) throws IOException {
        var wanted = new LinkedHashSet<Path>();
        for (var path : seen.keySet()) {
            addDirectories(path, wanted);
        }
        for (var entry : Map.copyOf(watches).entrySet()) {
            if (!wanted.contains(entry.getKey())) {
                watches.remove(entry.getKey());
                inotify.remove(entry.getValue());
            }
        }
        for (var directory : wanted) {
            try {
                watches.put(directory, inotify.watch(directory.toString(), EVENTS));
            } catch (SystemCallException e) {
                if (Files.isDirectory(directory)) {
                    throw e;
                }
                // It vanished: its parent is watched as well when it was reached through a link.
            }
        }
    }

    private static void addDirectories(Path file, Set<Path> directories) throws IOException {
        var rest = file;
        for (int links = 0; links < LINKS_AT_MOST; links++) {
            var link = firstLink(rest);
            if (link == null) {
                break;
            }
            var holder = Objects.requireNonNull(link.getParent());
            directories.add(holder);
            rest = holder.resolve(Files.readSymbolicLink(link))
                    .resolve(link.relativize(rest))
                    .normalize();
        }
        var parent = rest.getParent();
        // One that does not exist yet shows up in the nearest one that does.
        while (parent != null && !Files.isDirectory(parent)) {
            parent = parent.getParent();
        }
        if (parent != null) {
            directories.add(parent);
        }
    }

    private static @Nullable Path firstLink(Path path) {
        var at = path.getRoot();
        for (var name : path) {
            at = at == null ? name : at.resolve(name);
            if (Files.isSymbolicLink(at) && Files.exists(at, LinkOption.NOFOLLOW_LINKS)) {
                return at;
            }
        }
        return null;
    }

    /** Stops watching, until {@link #follow} is called again. */
    @Override
    public void close() {
        if (alarm != null) {
            alarm.close();
            alarm = null;
        }
        if (watching != null) {
            watching.registration().close();
            watching.inotify().close();
            watching = null;
        }
        watches.clear();
        seen = new HashMap<>();
        stirred = false;
        obstacle = null;
    }
}

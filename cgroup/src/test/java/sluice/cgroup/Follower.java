// SPDX-License-Identifier: Apache-2.0
package sluice.cgroup;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import sluice.linux.KernelString;
import sluice.linux.Poller;
import sluice.linux.SystemCallException;
import sluice.testkit.Await;

/** Runs a tree on a thread of its own and keeps what it reports, checking the order of reports. */
final class Follower implements CgroupListener, AutoCloseable {
    final Map<Long, Cgroup> known = new ConcurrentHashMap<>();
    final Queue<String> violations = new ConcurrentLinkedQueue<>();
    final Queue<CgroupChange> history = new ConcurrentLinkedQueue<>();
    final Queue<SystemCallException> degradations = new ConcurrentLinkedQueue<>();
    final CgroupTree tree;
    final Poller poller;

    private final Map<String, Long> idByPath = new HashMap<>();
    private final AtomicBoolean stop = new AtomicBoolean();
    private final AtomicBoolean resync = new AtomicBoolean(true);
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final Path directory;
    private final Thread thread;

    Follower(Path directory) throws IOException {
        this.directory = directory;
        poller = Poller.open();
        tree = CgroupTree.open(CgroupMount.rootAt(directory), poller, this);
        thread = Thread.ofPlatform().name("follower").unstarted(this::run);
    }

    static Follower start(Path directory) throws IOException {
        var follower = new Follower(directory);
        follower.thread.start();
        return follower;
    }

    private void run() {
        try {
            while (!stop.get()) {
                if (resync.getAndSet(false)) {
                    tree.resync();
                }
                poller.await();
            }
        } catch (Throwable e) {
            failure.set(e);
        }
    }

    void resync() {
        resync.set(true);
        poller.wakeup();
    }

    @Override
    public void changed(List<CgroupChange> changes) {
        for (var change : changes) {
            history.add(change);
            var cgroup = change.cgroup();
            var path = cgroup.path();
            var parent = path.substring(0, path.lastIndexOf('/'));
            switch (change) {
                case CgroupChange.Created _ -> {
                    require(parent.isEmpty() || idByPath.containsKey(parent), "parent unknown", change);
                    require(idByPath.put(path, cgroup.id()) == null, "path twice", change);
                    require(known.put(cgroup.id(), cgroup) == null, "id twice", change);
                }
                case CgroupChange.Removed _ -> {
                    require(idByPath.remove(path) != null, "path not known", change);
                    require(cgroup.equals(known.remove(cgroup.id())), "other cgroup known", change);
                    require(parent.isEmpty() || idByPath.containsKey(parent), "parent removed first", change);
                }
            }
        }
    }

    private void require(boolean holds, String what, CgroupChange change) {
        if (!holds) {
            violations.add(what + ": " + change);
        }
    }

    @Override
    public void degraded(SystemCallException reason) {
        degradations.add(reason);
    }

    @Override
    public void recovered() {
        degradations.clear();
    }

    /** Returns once what was reported is what find(1) sees: nothing missing, nothing stale. */
    void awaitReality(Duration deadline) {
        Await.until(this::difference, deadline, () -> {
            var thrown = failure.get();
            if (thrown != null) {
                throw new AssertionError("follower died", thrown);
            }
            return reported().equals(real());
        });
        if (!violations.isEmpty()) {
            throw new AssertionError("order violated: " + violations);
        }
    }

    private String difference() {
        try {
            var real = real();
            var reported = reported();
            var missing = new HashMap<>(real);
            missing.keySet().removeAll(reported.keySet());
            var stale = new HashMap<>(reported);
            stale.keySet().removeAll(real.keySet());
            return missing.size() + " missing, " + stale.size() + " stale of " + real.size();
        } catch (IOException | InterruptedException e) {
            return e.toString();
        }
    }

    Map<Long, String> reported() {
        var reported = new HashMap<Long, String>();
        known.forEach((id, cgroup) -> reported.put(id, cgroup.path()));
        return reported;
    }

    private Map<Long, String> real() throws IOException, InterruptedException {
        var process = new ProcessBuilder(
                        "find", directory.toString(), "-mindepth", "1", "-type", "d", "-printf", "%i /%P\\0")
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        var output = process.getInputStream().readAllBytes();
        process.waitFor();
        var real = new HashMap<Long, String>();
        for (var entry : new String(output, StandardCharsets.ISO_8859_1).split("\0", -1)) {
            int space = entry.indexOf(' ');
            if (space > 0) {
                var path = KernelString.decode(entry.substring(space + 1).getBytes(StandardCharsets.ISO_8859_1));
                real.put(Long.parseLong(entry.substring(0, space)), path);
            }
        }
        return real;
    }

    @Override
    public void close() throws IOException {
        stop.set(true);
        poller.wakeup();
        Await.until("follower ended", Await.SOON, () -> !thread.isAlive());
        tree.close();
        poller.close();
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.daemon;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import sluice.cgroup.CgroupMount;
import sluice.cgroup.NoCgroupMountException;
import sluice.control.ControlClient;
import sluice.control.RefusedException;
import sluice.control.StatusView;
import sluice.intercept.NftablesMechanism;

/**
 * Takes every trace of Sluice out of the kernel. A daemon that runs is stopped first, because it would put them back,
 * and because the table may be its own (docs/adr/0008-own-table.md); one that hangs is killed.
 */
public final class Cleanup {
    private static final Duration STOP = Duration.ofSeconds(20);

    private final ControlClient client;
    private final List<String> done = new ArrayList<>();

    private Cleanup(ControlClient client) {
        this.client = client;
    }

    /**
     * Cleans up in the network namespace of the calling thread.
     *
     * @param daemon asks the daemon that may run
     * @param configured the managed cgroup directory where no daemon runs that says which one is, or empty for the whole mount
     * @return what was done, one line each
     */
    public static List<String> run(ControlClient daemon, Optional<Path> configured) throws IOException {
        var cleanup = new Cleanup(daemon);
        cleanup.run(configured);
        return cleanup.done;
    }

    private void run(Optional<Path> configured) throws IOException {
        var status = status();
        var running = status.map(StatusView::pid).or(() -> holder());
        try (var _ = running.isPresent() ? stop(running.get()) : InstanceLock.acquire();
                var mechanism = NftablesMechanism.open()) {
            mechanism.remove();
            done.add("removed the table inet sluice, the policy rules and the routes, where they were there");
        }
        removeRunCgroups(status.map(view -> Path.of(view.root())).or(() -> configured));
    }

    private void removeRunCgroups(Optional<Path> managed) throws IOException {
        try {
            var root = managed.isPresent()
                    ? managed.get()
                    : Path.of(CgroupMount.discover().point());
            done.add(
                    RunCgroups.removeAll(root)
                            ? "removed the cgroups of 'sluice run' below " + root + ", where they were there"
                            : "left " + root + RunCgroup.PARENT
                                    + ", where programs still run: end them and clean up again");
        } catch (NoCgroupMountException e) {
            // Then there is nothing of ours in it either.
        }
    }

    /** What the daemon says of itself; empty if none runs, or if it hangs. */
    private Optional<StatusView> status() throws AccessDeniedException {
        try {
            return Optional.of(client.status());
        } catch (AccessDeniedException e) {
            throw e;
        } catch (IOException | RefusedException e) {
            return Optional.empty();
        }
    }

    private static Optional<Long> holder() {
        try {
            return InstanceLock.holder();
        } catch (IOException e) {
            // Whoever holds the lock is found when it cannot be taken.
            return Optional.empty();
        }
    }

    /** Ends the daemon, at worst by SIGKILL, and takes its lock. The kernel state of a killed one stays. */
    private InstanceLock stop(long pid) throws IOException {
        var process = ProcessHandle.of(pid);
        process.ifPresent(ProcessHandle::destroy);
        try {
            var lock = InstanceLock.acquire(STOP);
            done.add("stopped the daemon, process " + pid);
            return lock;
        } catch (InstanceLock.HeldException e) {
            // Only the one that was told to stop, and only if it is the one that the kernel names.
            if (process.isEmpty() || !process.get().isAlive() || !holder().equals(Optional.of(pid))) {
                throw new IOException(
                        "stop the daemon, process " + pid + ": it did not end within " + STOP.toSeconds()
                                + " s; end it and clean up again",
                        e);
            }
            process.get().destroyForcibly();
            var lock = InstanceLock.acquire(STOP);
            done.add("killed the daemon, process " + pid + ", which did not stop within " + STOP.toSeconds()
                    + " s; a service manager may start it again: systemctl stop sluice");
            return lock;
        }
    }
}

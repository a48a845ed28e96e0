// SPDX-License-Identifier: Apache-2.0
package sluice.daemon;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import sluice.cgroup.CgroupMount;
import sluice.cgroup.NoCgroupMountException;
import sluice.control.ControlClient;
import sluice.control.NoDaemonException;
import sluice.control.RefusedException;
import sluice.control.StatusView;
import sluice.intercept.NftablesMechanism;
import sluice.linux.Processes;

/** Takes every trace of Sluice out of the kernel; a daemon that runs is stopped first, because it would put them back. */
public final class Cleanup {
    private static final int SIGTERM = 15;
    private static final Duration STOP = Duration.ofSeconds(20);

    private Cleanup() {}

    /**
     * Cleans up in the network namespace of the calling thread.
     *
     * @param daemon asks the daemon that may run
     * @param configured the managed cgroup directory where no daemon runs that says which one is, or empty for the whole mount
     * @return what was done, one line each
     */
    public static List<String> run(ControlClient daemon, Optional<Path> configured)
            throws IOException, RefusedException {
        var done = new ArrayList<String>();
        var managed = stop(daemon, done).or(() -> configured);
        try (var _ = InstanceLock.acquire();
                var mechanism = NftablesMechanism.open()) {
            mechanism.remove();
            done.add("removed the table inet sluice, the policy rules and the routes, where they were there");
        }
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
        return done;
    }

    /** Returns the root that the daemon managed, if there was one. */
    private static Optional<Path> stop(ControlClient client, List<String> done) throws IOException, RefusedException {
        StatusView status;
        try {
            status = client.status();
        } catch (NoDaemonException e) {
            return Optional.empty();
        }
        long pid = status.pid();
        var process = ProcessHandle.of(pid);
        Processes.signal(pid, SIGTERM);
        if (process.isPresent()) {
            try {
                process.get().onExit().get(STOP.toSeconds(), TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("stop the daemon, process " + pid + ": interrupted", e);
            } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException e) {
                throw new IOException(
                        "stop the daemon, process " + pid + ": it did not end within " + STOP.toSeconds()
                                + " s; end it and clean up again",
                        e);
            }
        }
        done.add("stopped the daemon, process " + pid);
        return Optional.of(Path.of(status.root()));
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.engine;

import java.io.FileInputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import sluice.engine.flow.Owner;
import sluice.linux.KernelString;

/**
 * The process of a cgroup that holds one process only: all that can be said of a socket's process without a search through /proc.
 * Remembers an answer for a moment, because flows come in bursts. Any thread.
 */
final class SoleProcesses {
    private static final int REMEMBERED = 256;
    private static final Duration FRESH = Duration.ofSeconds(1);
    /** Two pids with their line ends; they have at most seven digits (PID_MAX_LIMIT). */
    private static final int ENOUGH = 16;

    private static final int LONGEST_COMMAND = 64;

    private final String mount;
    private final Map<String, Answer> answers = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Answer> eldest) {
            return size() > REMEMBERED;
        }
    };

    /** @param mount the cgroup2 mount point */
    SoleProcesses(String mount) {
        this.mount = mount;
    }

    /** A process with its name (comm). */
    private record Sole(int pid, String command) {}

    private record Answer(Optional<Sole> process, long atNanos) {
        boolean isFresh(long now) {
            return now - atNanos < FRESH.toNanos();
        }
    }

    /** The owner with its process, if the cgroup has one only; the answer may be a second old. */
    Owner complete(Owner owner) {
        return complete(owner, this::in);
    }

    /** As {@link #complete}, as it is now. */
    Owner completeNow(Owner owner) {
        return complete(owner, this::look);
    }

    private static Owner complete(Owner owner, Function<String, Optional<Sole>> finder) {
        var cgroup = owner.cgroup();
        if (cgroup == null || owner.pid() >= 0) {
            return owner;
        }
        return finder.apply(cgroup)
                .map(process -> owner.with(process.pid(), process.command()))
                .orElse(owner);
    }

    /** The only process in the cgroup itself; empty where there are several, or none. */
    private synchronized Optional<Sole> in(String cgroup) {
        long now = System.nanoTime();
        var known = answers.get(cgroup);
        if (known != null && known.isFresh(now)) {
            return known.process();
        }
        var found = look(cgroup);
        answers.remove(cgroup);
        answers.put(cgroup, new Answer(found, now));
        return found;
    }

    private Optional<Sole> look(String cgroup) {
        try {
            var lines = head(mount + cgroup + "/cgroup.procs", ENOUGH).split("\n", -1);
            // A process of another pid namespace is 0.
            if (lines.length != 2 || !lines[1].isEmpty() || !lines[0].matches("[1-9][0-9]{0,8}")) {
                return Optional.empty();
            }
            var command = head("/proc/" + lines[0] + "/comm", LONGEST_COMMAND).strip();
            return Optional.of(new Sole(Integer.parseInt(lines[0]), KernelString.printable(command)));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static String head(String file, int bytes) throws IOException {
        try (var in = new FileInputStream(file)) {
            return KernelString.decode(in.readNBytes(bytes));
        }
    }
}

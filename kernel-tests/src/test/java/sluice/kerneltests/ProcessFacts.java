// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import sluice.testkit.Await;

/**
 * What a process holds.
 *
 * @param sockets open ones
 * @param pipes ends of pipes
 * @param others what other descriptors are of, but for the program's own jars
 * @param threads its threads
 * @param residentKib VmRSS
 */
record ProcessFacts(int sockets, int pipes, List<String> others, int threads, long residentKib) {
    private static final int PAGE_KIB = 4;
    private static final Duration SETTLED = Duration.ofSeconds(1);

    static ProcessFacts of(long pid) throws IOException {
        int sockets = 0;
        int pipes = 0;
        var others = new ArrayList<String>();
        for (var descriptor : list(Path.of("/proc/" + pid + "/fd"))) {
            try {
                var target = Files.readSymbolicLink(descriptor).toString();
                if (target.startsWith("socket:")) {
                    sockets++;
                } else if (target.startsWith("pipe:")) {
                    pipes++;
                } else if (!target.endsWith(".jar")) {
                    // The JVM opens each of the program's jars once, when it first needs a class that its cache does
                    // not have.
                    others.add(target);
                }
            } catch (NoSuchFileException e) {
                // Closed meanwhile.
            }
        }
        var pages = Files.readString(Path.of("/proc/" + pid + "/statm")).split(" ")[1];
        return new ProcessFacts(
                sockets,
                pipes,
                others.stream().sorted().toList(),
                list(Path.of("/proc/" + pid + "/task")).size(),
                Long.parseLong(pages) * PAGE_KIB);
    }

    /**
     * What a process holds for good: the facts of the moment at which its descriptors have been the same for a second. It opens some for a moment
     * only, such as files of /proc.
     *
     * @param mostKib its VmRSS has come down to this as well
     */
    static ProcessFacts settled(long pid, long mostKib, Duration deadline) throws IOException {
        var first = new AtomicReference<>(of(pid));
        var last = new AtomicReference<>(first.get());
        var since = new AtomicLong(System.nanoTime());
        Await.until(() -> "settled, with at most " + mostKib + " KiB; last seen " + last, deadline, () -> {
            var now = of(pid);
            last.set(now);
            if (!now.holdsTheSameAs(first.get())) {
                first.set(now);
                since.set(System.nanoTime());
            }
            return System.nanoTime() - since.get() >= SETTLED.toNanos() && now.residentKib <= mostKib;
        });
        return last.get();
    }

    private boolean holdsTheSameAs(ProcessFacts other) {
        return sockets == other.sockets && pipes == other.pipes && others.equals(other.others);
    }

    private static List<Path> list(Path directory) throws IOException {
        try (var all = Files.list(directory)) {
            return all.toList();
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/**
 * What a process holds.
 *
 * @param sockets open ones
 * @param pipes ends of pipes
 * @param others other descriptors
 * @param threads its threads
 * @param residentKib VmRSS
 */
record ProcessFacts(int sockets, int pipes, int others, int threads, long residentKib) {
    private static final int PAGE_KIB = 4;

    static ProcessFacts of(long pid) throws IOException {
        int sockets = 0;
        int pipes = 0;
        int others = 0;
        for (var descriptor : list(Path.of("/proc/" + pid + "/fd"))) {
            try {
                var target = Files.readSymbolicLink(descriptor).toString();
                if (target.startsWith("socket:")) {
                    sockets++;
                } else if (target.startsWith("pipe:")) {
                    pipes++;
                } else {
                    others++;
                }
            } catch (NoSuchFileException e) {
                // Closed meanwhile.
            }
        }
        var pages = Files.readString(Path.of("/proc/" + pid + "/statm")).split(" ")[1];
        return new ProcessFacts(
                sockets,
                pipes,
                others,
                list(Path.of("/proc/" + pid + "/task")).size(),
                Long.parseLong(pages) * PAGE_KIB);
    }

    private static List<Path> list(Path directory) throws IOException {
        try (var all = Files.list(directory)) {
            return all.toList();
        }
    }
}

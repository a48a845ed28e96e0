// SPDX-License-Identifier: Apache-2.0
package sluice.engine.udp;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import sluice.testkit.Lab;

/** Every descriptor that this process may still open, until it is closed. */
final class Hoard implements AutoCloseable {
    private static final int SPARE = 100;

    private final Lab lab;
    private final String usual;
    private final Deque<FileChannel> files = new ArrayDeque<>();

    private Hoard(Lab lab, String usual) {
        this.lab = lab;
        this.usual = usual;
    }

    static Hoard ofDescriptors(Lab lab) throws IOException {
        var usual = Files.readAllLines(Path.of("/proc/self/limits")).stream()
                .filter(line -> line.startsWith("Max open files"))
                .map(line -> line.split(" {2,}")[1])
                .findFirst()
                .orElseThrow();
        var hoard = new Hoard(lab, usual);
        try (var open = Files.list(Path.of("/proc/self/fd"))) {
            hoard.limit(open.count() + SPARE + "");
        }
        // The first failure loads classes, which takes and returns some.
        for (int failures = 0; failures < 3; ) {
            try {
                hoard.files.push(FileChannel.open(Path.of("/dev/null")));
            } catch (IOException _) {
                failures++;
            }
        }
        return hoard;
    }

    private void limit(String soft) throws IOException {
        long self = ProcessHandle.current().pid();
        lab.here().run("prlimit", "--pid", String.valueOf(self), "--nofile=" + soft + ":");
    }

    @Override
    public void close() throws IOException {
        for (var file : files) {
            file.close();
        }
        limit(usual);
    }
}

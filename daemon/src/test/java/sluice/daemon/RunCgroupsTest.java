// SPDX-License-Identifier: Apache-2.0
package sluice.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sluice.linux.PeerProcess;
import sluice.rules.Target;

class RunCgroupsTest {
    @TempDir
    private Path root;

    /** A process with the number 4711. */
    private record Asking(boolean isAlive) implements PeerProcess {
        @Override
        public int pid() {
            return 4711;
        }

        @Override
        public void close() {
            // It holds nothing.
        }
    }

    @Test
    void aNumberWhoseProcessHasEndedIsNotMoved() throws Exception {
        try (var loop = ControlLoop.open()) {
            var runs = new RunCgroups(root, loop);
            var path = runs.create(new Target.Direct(), 4711);
            var procs = Path.of(root + path, "cgroup.procs");
            assertThatThrownBy(() -> runs.enter(path, new Asking(false)))
                    .hasMessage("move process 4711 to the cgroup /sluice-run/direct/4711: the process that asked for it"
                            + " has ended");
            assertThat(procs).doesNotExist();
            runs.enter(path, new Asking(true));
            assertThat(procs).hasContent("4711");
        }
    }

    @Test
    void allDirectoriesGoButThoseInUse() throws Exception {
        Files.createDirectories(root.resolve("sluice-run/direct/1/inner"));
        Files.createDirectories(root.resolve("other"));
        // In place of a process: it keeps the directory from being removed too.
        var inUse = Files.createFile(
                Files.createDirectories(root.resolve("sluice-run/drop/2")).resolve("process"));
        assertThat(RunCgroups.removeAll(root)).isFalse();
        assertThat(root.resolve("sluice-run")).isDirectoryNotContaining("glob:**/direct");
        assertThat(inUse).exists();
        Files.delete(inUse);
        assertThat(RunCgroups.removeAll(root)).isTrue();
        assertThat(root).isDirectoryContaining("glob:**/other").isDirectoryNotContaining("glob:**/sluice-run");
        assertThat(RunCgroups.removeAll(root)).as("nothing there").isTrue();
    }
}

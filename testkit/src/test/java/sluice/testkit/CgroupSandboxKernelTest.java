// SPDX-License-Identifier: Apache-2.0
package sluice.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import org.junit.jupiter.api.Test;

@KernelTest
class CgroupSandboxKernelTest {
    @Test
    void closingRemovesTheWholeSubtreeAndKillsWhatRunsInIt() throws Exception {
        Process sleeper;
        java.nio.file.Path root;
        try (var sandbox = CgroupSandbox.create("close")) {
            root = sandbox.root();
            var leaf = sandbox.cgroup("a/b");
            sleeper = new ProcessBuilder("sleep", "60").start();
            Files.writeString(leaf.resolve("cgroup.procs"), Long.toString(sleeper.pid()));
        }
        assertThat(root).doesNotExist();
        assertThat(sleeper.waitFor()).isEqualTo(137);
    }
}

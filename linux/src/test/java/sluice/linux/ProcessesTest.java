// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProcessesTest {
    /** What the child JVM runs: it becomes a shell. */
    static final class BecomeShell {
        public static void main(String[] arguments) throws Exception {
            // Without a child process: a shell blocks signals while it forks.
            var script = "echo \"$$ $0 $1 $GREETING\";"
                    + " while read -r l; do case $l in SigBlk*|SigIgn*) echo \"$l\";; esac; done </proc/$$/status; exit 7";
            Processes.execute(
                    "/bin/sh",
                    List.of("sh", "-c", script, "a b", "ü'\""),
                    List.of("GREETING=hello", "PATH=/usr/bin:/bin"));
        }
    }

    @Test
    void executingKeepsProcessArgumentsAndExitCodeAndGivesSignalsBack() throws Exception {
        var child = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path").replace(':', File.pathSeparatorChar),
                        BecomeShell.class.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        var lines = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                .toList();
        assertThat(child.waitFor()).isEqualTo(7);
        assertThat(lines.getFirst()).isEqualTo(child.pid() + " a b ü'\" hello");
        assertThat(lines.subList(1, 3)).containsExactly(signalsHere("SigBlk"), signalsHere("SigIgn"));
    }

    private static String signalsHere(String field) throws Exception {
        try (var lines = Files.lines(Path.of("/proc/self/status"))) {
            return lines.filter(line -> line.startsWith(field)).findFirst().orElseThrow();
        }
    }

    @Test
    void aProgramThatIsNotThereIsNotFound() {
        assertThatThrownBy(() -> Processes.execute("/none/such", List.of("such"), List.of()))
                .isInstanceOf(NotFoundException.class)
                .hasMessageStartingWith("execute /none/such: ENOENT");
        assertThatThrownBy(() -> Processes.execute("/bin/sh", List.of("a\0b"), List.of()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aSignalEndsTheProcessItIsSentTo() throws Exception {
        var sleeper = new ProcessBuilder("sleep", "60").start();
        Processes.signal(sleeper.pid(), 0);
        Processes.signal(sleeper.pid(), 15);
        assertThat(sleeper.waitFor()).isEqualTo(128 + 15);
        assertThatThrownBy(() -> Processes.signal(sleeper.pid(), 0)).isInstanceOf(NotFoundException.class);
        assertThatThrownBy(() -> Processes.signal(-1, 15)).isInstanceOf(IllegalArgumentException.class);
    }
}

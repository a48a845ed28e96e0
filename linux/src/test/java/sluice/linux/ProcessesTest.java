// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessesTest {
    private static final long SIGPIPE = 1 << 12;
    private static final long SIGHUP_BIT = 1;
    private static final long SIGUSR1_BIT = 1 << 9;
    private static final long SIGTERM_BIT = 1 << 14;

    /** What the child JVM runs: it becomes the program of its first argument. */
    static final class Become {
        public static void main(String[] arguments) throws Exception {
            Processes.execute(
                    arguments[0],
                    List.of(arguments),
                    List.of("GREETING=hello", "PATH=/usr/bin:/bin"),
                    new Inheritance(Set.of(0, 1, 2, 7), SIGPIPE));
        }
    }

    /** What the program prints, in a process whose descriptor 7 is open and that ignores SIGPIPE; its first line is the process id. */
    private static List<String> become(int exitCode, String... words) throws Exception {
        var line = new ArrayList<>(List.of(
                "sh",
                "-c",
                "trap '' PIPE; exec \"$@\" 7</dev/null",
                "sh",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path").replace(':', File.pathSeparatorChar),
                Become.class.getName()));
        line.addAll(List.of(words));
        var child = new ProcessBuilder(line)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        var printed = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                .toList();
        assertThat(child.waitFor()).isEqualTo(exitCode);
        assertThat(printed.getFirst()).isEqualTo("" + child.pid());
        return printed.subList(1, printed.size());
    }

    @Test
    void executingKeepsProcessArgumentsAndExitCodeAndGivesSignalsBack() throws Exception {
        // Without a child process: a shell blocks signals while it forks.
        var script = "echo $$; echo \"$0 $1 $GREETING\";"
                + " while read -r l; do case $l in SigBlk*|SigIgn*) echo \"$l\";; esac; done </proc/$$/status; exit 7";
        assertThat(become(7, "/bin/sh", "-c", script, "a b", "ü'\""))
                .containsExactly(
                        "a b ü'\" hello",
                        "SigBlk:\t%016x".formatted(signalsHere("SigBlk:")),
                        "SigIgn:\t%016x".formatted(signalsHere("SigIgn:") | SIGPIPE));
    }

    private static long signalsHere(String field) throws Exception {
        try (var lines = Files.lines(Path.of("/proc/self/status"))) {
            return lines.filter(line -> line.startsWith(field))
                    .mapToLong(line -> Long.parseUnsignedLong(
                            line.substring(field.length()).strip(), 16))
                    .findFirst()
                    .orElseThrow();
        }
    }

    /** What the child JVM runs, which was started with SIGHUP and SIGUSR1 ignored. */
    static final class StopIgnoring {
        private static final int SIGHUP = 1;
        private static final int SIGTERM = 15;

        public static void main(String[] arguments) throws Exception {
            Processes.stopIgnoring(SIGHUP);
            Processes.stopIgnoring(SIGTERM);
            for (var field : List.of("SigIgn:", "SigCgt:")) {
                System.out.println(Long.toHexString(signalsHere(field) & (SIGHUP_BIT | SIGUSR1_BIT | SIGTERM_BIT)));
            }
            Processes.signal(ProcessHandle.current().pid(), SIGHUP);
            System.out.println("alive");
        }
    }

    @Test
    void aSignalThatWasIgnoredAtTheStartIsIgnoredNoLongerAndEndsNothing() throws Exception {
        var line = List.of(
                "sh",
                "-c",
                "trap '' HUP USR1; exec \"$@\"",
                "sh",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                StopIgnoring.class.getName());
        var child = new ProcessBuilder(line)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        var printed = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(child.waitFor()).isZero();
        assertThat(printed.lines())
                .containsExactly(Long.toHexString(SIGUSR1_BIT), Long.toHexString(SIGHUP_BIT | SIGTERM_BIT), "alive");
    }

    @Test
    void theProgramGetsTheDescriptorsThatWereOpenAndNoneOfTheJvm() throws Exception {
        // The shell's own descriptor for the directory has gone when it looks.
        var script = "echo $$; for fd in /proc/$$/fd/*; do [ -e $fd ] && echo ${fd##*/}; done; true";
        assertThat(become(0, "/bin/sh", "-c", script)).containsExactlyInAnyOrder("0", "1", "2", "7");
    }

    @Test
    void aScriptWithoutInterpreterIsRunByTheShell(@TempDir Path directory) throws Exception {
        var script = Files.writeString(directory.resolve("script"), "echo $$; echo \"$0 $1\"; exit 3\n");
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
        assertThat(become(3, script.toString(), "a b")).containsExactly(script + " a b");
    }

    @Test
    void onlyFilesThatMayBeExecutedAreExecutable(@TempDir Path directory) throws Exception {
        var file = Files.createFile(directory.resolve("file"));
        assertThat(Processes.isExecutable("/bin/sh")).isTrue();
        assertThat(Processes.isExecutable(file.toString())).isFalse();
        assertThat(Processes.isExecutable(directory.toString())).isFalse();
        assertThat(Processes.isExecutable(directory + "/none")).isFalse();
    }

    @Test
    void aProgramThatIsNotThereIsNotFound() {
        assertThatThrownBy(() -> Processes.execute("/none/such", List.of("such"), List.of(), Inheritance.USUAL))
                .isInstanceOf(NotFoundException.class)
                .hasMessageStartingWith("execute /none/such: ENOENT");
        assertThatThrownBy(() -> Processes.execute("/bin/sh", List.of("a\0b"), List.of(), Inheritance.USUAL))
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

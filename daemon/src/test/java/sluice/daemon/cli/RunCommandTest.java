// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sluice.linux.Inheritance;

class RunCommandTest {
    @TempDir
    Path directory;

    @Test
    void theProgramGetsTheLocaleThatWasThere() {
        assertThat(RunCommand.environment(List.of("LC_ALL=C.UTF-8", "SLUICE_LC_ALL=POSIX", "LC_ALLOW=a")))
                .containsExactly("LC_ALL=POSIX", "LC_ALLOW=a");
        assertThat(RunCommand.environment(List.of("A=LC_ALL=", "LC_ALL=C.UTF-8")))
                .containsExactly("A=LC_ALL=");
    }

    @Test
    void theLauncherTellsWhatItWasGiven() {
        assertThat(RunCommand.inheritance(" 0 1 2 11", "0000000000001000"))
                .isEqualTo(new Inheritance(Set.of(0, 1, 2, 11), 0x1000));
        assertThat(RunCommand.inheritance("", "8000000000000000")).isEqualTo(new Inheritance(Set.of(), Long.MIN_VALUE));
        assertThat(RunCommand.inheritance(null, null)).isEqualTo(Inheritance.USUAL);
    }

    @Test
    void executableFilesComeBeforeOthersOfTheSameNameInPath() throws Exception {
        var first = Files.createDirectory(directory.resolve("first"));
        var second = Files.createDirectory(directory.resolve("second"));
        var path = first + ":" + second;
        assertThat(RunCommand.find("tool", path)).isNull();
        Files.createFile(first.resolve("tool"));
        assertThat(RunCommand.find("tool", path)).isEqualTo(first + "/tool");
        Files.createFile(
                second.resolve("tool"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        assertThat(RunCommand.find("tool", path)).isEqualTo(second + "/tool");
        assertThat(RunCommand.find(first + "/tool", path)).isEqualTo(first + "/tool");
        assertThat(RunCommand.find("first/tool", path)).isNull();
        assertThat(RunCommand.find("", path)).isNull();
        assertThat(RunCommand.find(first.toString(), path))
                .as("to be told that it cannot be executed")
                .isEqualTo(first.toString());
    }
}

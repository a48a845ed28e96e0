// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sluice.cgroup.CgroupMount;
import sluice.linux.KernelString;

class CgroupArgumentTest {
    @TempDir
    Path directory;

    @Test
    void aProcessStandsForItsUnifiedCgroup() throws Exception {
        process("3:cpu:/legacy\n0::/system.slice/x.service\n");
        assertThat(CgroupArgument.ofProcess("7", directory, new CgroupMount("/mnt", "/")))
                .isEqualTo("/mnt/system.slice/x.service");
    }

    @Test
    void aPartialMountIsTakenIntoAccount() throws Exception {
        process("0::/a/b/c\n");
        assertThat(CgroupArgument.ofProcess("7", directory, new CgroupMount("/mnt", "/a")))
                .isEqualTo("/mnt/b/c");
        assertThatThrownBy(() -> CgroupArgument.ofProcess("7", directory, new CgroupMount("/mnt", "/ab")))
                .hasMessageContaining("outside of what is mounted");
    }

    @Test
    void aCgroupsNameNeedNotBeText() throws Exception {
        Files.write(
                Files.createDirectories(directory.resolve("7")).resolve("cgroup"),
                "0::/caf\u00e9\n".getBytes(StandardCharsets.ISO_8859_1));
        var path = CgroupArgument.ofProcess("7", directory, new CgroupMount("/mnt", "/"));
        assertThat(KernelString.encode(path)).isEqualTo("/mnt/caf\u00e9".getBytes(StandardCharsets.ISO_8859_1));
    }

    @Test
    void aMissingProcessIsSaid() {
        assertThatThrownBy(() -> CgroupArgument.ofProcess("8", directory, new CgroupMount("/mnt", "/")))
                .hasMessage("find process 8: there is no such process");
    }

    @Test
    void aUnitIsFoundByItsDirectory() throws Exception {
        var unit = Files.createDirectories(directory.resolve("system.slice/x.service"));
        var mount = new CgroupMount(directory.toString(), "/");
        assertThat(CgroupArgument.ofUnit("x.service", mount)).isEqualTo(unit.toString());
        assertThatThrownBy(() -> CgroupArgument.ofUnit("y.service", mount))
                .hasMessageContaining("no cgroup has that name");
        Files.createDirectories(directory.resolve("user.slice/x.service"));
        assertThatThrownBy(() -> CgroupArgument.ofUnit("x.service", mount))
                .hasMessageContaining("user.slice/x.service")
                .hasMessageContaining("system.slice/x.service");
    }

    private void process(String cgroup) throws Exception {
        Files.writeString(Files.createDirectories(directory.resolve("7")).resolve("cgroup"), cgroup);
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CgroupMountTest {
    private static final String PURE = """
            22 1 0:21 / /proc rw,nosuid - proc proc rw
            31 23 0:27 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate
            """;

    private static final String HYBRID = """
            31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
            36 31 0:33 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
            41 31 0:38 / /sys/fs/cgroup/unified rw,relatime shared:1 master:2 - cgroup2 cgroup2 rw
            """;

    @Test
    void thePureHierarchyIsFoundByItsType() {
        assertThat(CgroupMount.parse(PURE)).containsExactly(new CgroupMount("/sys/fs/cgroup", "/"));
    }

    @Test
    void theHybridHierarchyIsNotTakenForVersionOne() {
        assertThat(CgroupMount.parse(HYBRID)).containsExactly(new CgroupMount("/sys/fs/cgroup/unified", "/"));
    }

    @Test
    void theMountOfTheNamespacesRootComesBeforeParts() {
        var text = "50 31 0:38 /system.slice /mnt/part rw - cgroup2 cgroup2 rw\n" + PURE;
        assertThat(CgroupMount.parse(text))
                .containsExactly(new CgroupMount("/sys/fs/cgroup", "/"), new CgroupMount("/mnt/part", "/system.slice"));
    }

    @Test
    void spacesAndBackslashesInMountPointsAreRead() {
        var text = "50 31 0:38 / /mnt/a\\040b\\134c rw - cgroup2 cgroup2 rw\n";
        assertThat(CgroupMount.parse(text)).containsExactly(new CgroupMount("/mnt/a b\\c", "/"));
    }

    @Test
    void linesThatAreNoMountsAreSkipped() {
        assertThat(CgroupMount.parse("\n - cgroup2 x\ngarbage\n")).isEmpty();
    }

    @Test
    void levelsCountFromTheNamespacesRoot() throws Exception {
        var mounts = CgroupMount.parse(HYBRID);
        assertThat(mounts.getFirst().whole()).isEqualTo(new CgroupRoot("/sys/fs/cgroup/unified", 0));
        assertThat(CgroupMount.rootAt("/sys/fs/cgroup/unified/a/b", mounts))
                .isEqualTo(new CgroupRoot("/sys/fs/cgroup/unified/a/b", 2));
    }

    @Test
    void aMountedPartBeginsAtItsOwnDepth() throws Exception {
        var mounts = List.of(new CgroupMount("/mnt/part", "/system.slice/x.service"));
        assertThat(mounts.getFirst().whole().level()).isEqualTo(2);
        assertThat(CgroupMount.rootAt("/mnt/part/sub", mounts).level()).isEqualTo(3);
    }

    @Test
    void theInnermostMountDecides() throws Exception {
        var mounts = List.of(new CgroupMount("/", "/"), new CgroupMount("/mnt/part", "/a"));
        assertThat(CgroupMount.rootAt("/mnt/part/b", mounts).level()).isEqualTo(2);
        assertThat(CgroupMount.rootAt("/mnt/partial/b", mounts).level()).isEqualTo(3);
    }

    @Test
    void aMountFromOutsideOfTheNamespaceIsRefused() {
        var mounts = List.of(new CgroupMount("/mnt/host", "/../.."));
        assertThatThrownBy(() -> CgroupMount.rootAt("/mnt/host/a", mounts))
                .isInstanceOf(NoCgroupMountException.class)
                .hasMessageContaining("cgroup namespace");
    }

    @Test
    void aDirectoryOfAnotherFileSystemIsRefused(@TempDir Path directory) {
        assertThatThrownBy(() -> CgroupMount.rootAt(directory))
                .isInstanceOf(NoCgroupMountException.class)
                .hasMessageContaining(directory.toString())
                .hasMessageContaining("findmnt -t cgroup2");
        assertThatThrownBy(() -> CgroupMount.rootAt(directory.resolve("none")))
                .isInstanceOf(NoCgroupMountException.class)
                .hasMessageContaining("does not exist");
    }
}

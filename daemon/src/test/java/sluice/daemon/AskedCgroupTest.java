// SPDX-License-Identifier: Apache-2.0
package sluice.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AskedCgroupTest {
    private static final String ROOT = "/sys/fs/cgroup/unified";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/a.slice/b",
                "a.slice/b",
                "//a.slice///b/",
                "./a.slice/././b",
                "/./a.slice/b/.",
                ROOT + "/a.slice/b",
                "/sys//fs/cgroup/unified/a.slice/b/"
            })
    void aPathMayBeAbsoluteOrFromTheRootWithAnyNumberOfSlashesAndDots(String asked) throws Exception {
        assertThat(AskedCgroup.path(ROOT, asked)).isEqualTo("/a.slice/b");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/", "//", ".", "/./", ROOT, ROOT + "/", ROOT + "/."})
    void theRootItselfGetsNoTarget(String asked) {
        assertThatThrownBy(() -> AskedCgroup.path(ROOT, asked)).hasMessageContaining("the managed root itself");
    }

    @ParameterizedTest
    @ValueSource(strings = {"..", "/a/../b", "a/..", ROOT + "/../elsewhere"})
    void aPathThatGoesBackUpIsRefused(String asked) {
        assertThatThrownBy(() -> AskedCgroup.path(ROOT, asked)).hasMessageContaining("has a '..'");
    }

    @Test
    void dotsInNamesStay() throws Exception {
        assertThat(AskedCgroup.path(ROOT, "/..a/b../.c")).isEqualTo("/..a/b../.c");
    }

    @Test
    void whatLiesBesideTheRootIsToldApartFromWhatIsBelowIt() throws Exception {
        assertThatThrownBy(() -> AskedCgroup.path(ROOT + "/part", ROOT + "/particular"))
                .hasMessageContaining("not below the managed root " + ROOT + "/part");
        assertThat(AskedCgroup.path("/mnt/part", "/mnt/particular")).isEqualTo("/mnt/particular");
    }

    @Test
    void aPathWhoseExplanationWouldFillMemoryIsRefused() throws Exception {
        assertThat(AskedCgroup.path(ROOT, "/a".repeat(255))).hasSize(510);
        assertThatThrownBy(() -> AskedCgroup.path(ROOT, "/a".repeat(256)))
                .hasMessageContaining("more than 255 levels below the managed root " + ROOT);
        assertThatThrownBy(() -> AskedCgroup.path(ROOT, "/" + "a".repeat(4096)))
                .hasMessageContaining("more than 4096 bytes");
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class WrappedTest {
    @Test
    void textThatFitsIsLeftAsItIs() {
        assertThat(Wrapped.lines("a  b", 2, 4)).containsExactly("a  b");
        assertThat(Wrapped.lines("", 2, 4)).containsExactly("");
    }

    @Test
    void longerTextIsBrokenBetweenWords() {
        assertThat(Wrapped.lines("engine   12 flows of at most 100", 9, 20))
                .containsExactly("engine   12 flows of", "         at most 100");
    }

    @Test
    void onlyWordsLongerThanALineAreBroken() {
        assertThat(Wrapped.lines("at /sys/fs/cgroup here", 2, 10))
                .containsExactly("at", "  /sys/fs/", "  cgroup", "  here");
        assertThat(Wrapped.lines("中文中文", 0, 3)).containsExactly("中", "文", "中", "文");
        assertThat(Wrapped.lines("中文", 0, 1)).containsExactly("中", "文");
    }

    @Test
    void anIndentationLeavesRoomForText() {
        assertThat(Wrapped.lines("a b c d e f", 15, 6)).containsExactly("a b c", "   d e", "   f");
    }
}

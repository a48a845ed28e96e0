// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TextWidthTest {
    @Test
    void charactersTakeTheColumnsThatTerminalsGiveThem() {
        assertThat(TextWidth.of("abc")).isEqualTo(3);
        assertThat(TextWidth.of("é")).isEqualTo(1);
        assertThat(TextWidth.of("e\u0301")).isEqualTo(1);
        assertThat(TextWidth.of("中文")).isEqualTo(4);
        assertThat(TextWidth.of("😀")).isEqualTo(2);
        assertThat(TextWidth.of("")).isZero();
    }

    @Test
    void aTextThatIsCutKeepsItsBeginningAndItsEnd() {
        assertThat(TextWidth.cut("app-gnome-firefox-2345.scope", 12)).isEqualTo("app-gno…cope");
        assertThat(TextWidth.cut("short", 5)).isEqualTo("short");
        assertThat(TextWidth.cut("shorter", 1)).isEqualTo("…");
    }

    @Test
    void aWideCharacterIsNotHalved() {
        assertThat(TextWidth.of(TextWidth.cut("中文中文中文", 8))).isLessThanOrEqualTo(8);
        assertThat(TextWidth.cut("😀😀😀😀", 4)).isEqualTo("😀…");
    }
}

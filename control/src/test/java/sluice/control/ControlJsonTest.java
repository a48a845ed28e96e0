// SPDX-License-Identifier: Apache-2.0
package sluice.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sluice.linux.KernelString;

class ControlJsonTest {
    private static TreeView tree(String path) {
        return new TreeView("/sys/fs/cgroup", List.of(new TreeView.Node(path, 1, 0, null, null)));
    }

    /** C0, DEL, C1, bidirectional overrides, zero width, line separator, a tag above the basic plane, bytes that are no text. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "/a\u001b[2J",
                "/a\u007f",
                "/a\u009b2J",
                "/a\u0085b",
                "/a\u202eb",
                "/a\u2066b",
                "/a\u200bb",
                "/a\u2028b",
                "/a\udb40\udc01b",
                "/a\udc80b",
                "/a\"\\\nb"
            })
    void nothingThatDisturbsATerminalIsWritten(String path) throws Exception {
        var line = ControlJson.line(tree(path));
        assertThat(line.codePoints()).allMatch(KernelString::isPrintable);
        assertThat(ControlJson.text(tree(path)).codePoints()).allMatch(c -> c == '\n' || KernelString.isPrintable(c));
        var bytes = ControlJson.bytes(tree(path));
        assertThat(bytes).isEqualTo(line.getBytes(StandardCharsets.UTF_8));
        assertThat(ControlJson.read(TreeView.class, bytes)).isEqualTo(tree(path));
    }

    @Test
    void textOfAnyLanguageIsLeftAsItIs() {
        assertThat(ControlJson.line(tree("/é中😀"))).contains("\"/é中😀\"");
    }
}

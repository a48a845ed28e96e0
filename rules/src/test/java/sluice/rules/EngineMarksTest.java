// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EngineMarksTest {
    private static final String BYPASS = "version: 1\nbypass: [127.0.0.0/8, '::1', 224.0.0.0/4, 'ff00::/8']\n";

    @Test
    void theSameConfigurationGetsTheSameMarksAfterARestart() throws Exception {
        var configuration = read("");
        var first = EngineMarks.choose(List.of("office", "direct"), configuration, Map.of(), Set.of());
        assertThat(EngineMarks.choose(List.of("direct", "office"), configuration, Map.of(), Set.of()))
                .isEqualTo(first);
        assertThat(first.values()).doesNotHaveDuplicates().allMatch(mark -> mark >= 0x1300 && mark < 0x1400);
    }

    @Test
    void aTargetKeepsItsMarkWhateverComesBesideIt() throws Exception {
        var configuration = read("");
        var names = new ArrayList<>(List.of("m"));
        var marks = EngineMarks.choose(names, configuration, Map.of(), Set.of());
        for (int i = 0; i < 300; i++) {
            names.add("target " + i);
            var next = EngineMarks.choose(names, configuration, marks, Set.of());
            assertThat(next).containsAllEntriesOf(marks).hasSize(names.size());
            marks = next;
        }
        assertThat(new HashSet<>(marks.values())).hasSize(names.size());
    }

    @Test
    void marksOfTheFileAndOfRunningFlowsAreLeftAlone() throws Exception {
        var free = EngineMarks.choose(List.of("office"), read(""), Map.of(), Set.of());
        int first = Objects.requireNonNull(free.get("office"));
        var text = "tproxies: {t: {mark: " + first + ", port: 1}}\noutbounds: {o: {type: direct, mark: " + (first + 1)
                + "}}\n";
        var avoiding = EngineMarks.choose(List.of("office"), read(text), Map.of(), Set.of(first + 2));
        assertThat(avoiding.get("office")).isEqualTo(first + 3);
        assertThat(EngineMarks.choose(List.of("office"), read(text), free, Set.of(first + 2)))
                .as("a mark that the new file gives to somebody else")
                .isEqualTo(avoiding);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0xff0000", "0x7", "0xffffffff", "0x0f0f0f0f", "0x8000007"})
    void marksStayWithinTheMaskAndClearOfTheGuard(String mask) throws Exception {
        var configuration = read("marks: {mask: " + mask + "}\n");
        var marks = EngineMarks.choose(List.of("a", "b", "c"), configuration, Map.of(), Set.of());
        assertThat(marks.values())
                .doesNotHaveDuplicates()
                .doesNotContain(0)
                .allMatch(mark -> (mark & ~configuration.marks().mask()) == 0
                        && (mark & configuration.marks().guard()) == 0);
    }

    @Test
    void aMaskWithoutRoomIsRefusedWithWhatToDo() throws Exception {
        var configuration = read("marks: {mask: 0x3}\n");
        assertThatThrownBy(() -> EngineMarks.choose(List.of("a", "b", "c", "d"), configuration, Map.of(), Set.of()))
                .hasMessageContaining("0x00000003")
                .hasMessageContaining("give marks.mask more bits");
    }

    @Test
    void aFileThatNamesMoreOutboundsThanThereAreMarksIsRefused() {
        var outbounds = "outbounds: {a: {type: block}, b: {type: block}, c: {type: block}}\n";
        var rules = "rules: [{match: /a, proxy: a}, {match: /b, proxy: b}, {match: /c, proxy: c}]\n";
        assertThat(Configurations.problems(BYPASS + "marks: {guard: 0x100, mask: 0x3}\n" + outbounds + rules))
                .isEmpty();
        assertThat(Configurations.problems(BYPASS
                        + "marks: {guard: 0x100, mask: 0x3}\ntproxies: {t: {mark: 1, port: 1}}\n" + outbounds + rules))
                .singleElement()
                .asString()
                .startsWith("config.yaml:3:29: marks.mask: no packet mark is left for the outbound \"c\": every one in"
                        + " marks.mask 0x00000003 is a tproxy's or an outbound's already; give marks.mask more bits");
    }

    private static Configuration read(String text) {
        return Configurations.read("version: 1\n" + text).configuration();
    }
}

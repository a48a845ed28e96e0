// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FlowMarksTest {
    private static final int MASK = 0xff000000;

    private static Redirection redirection(String name, boolean hijack) {
        var dns = hijack ? new Redirection.DnsHijack(null, null, 53, false) : null;
        return new Redirection(name, name.hashCode() | 1, 7893, false, false, Redirection.WhenDown.DROP, dns);
    }

    @Test
    void everyRedirectionAndHijackHasAValueOfItsOwnInsideTheMask() {
        var redirections =
                IntStream.range(0, 63).mapToObj(i -> redirection("r" + i, true)).toList();
        var marks = FlowMarks.none(MASK).with(redirections);

        var values = new HashSet<Integer>(marks.redirected().values());
        values.addAll(marks.hijacked().values());
        assertThat(values).hasSize(126).doesNotContain(0, marks.direct()).allMatch(v -> (v & ~marks.verdicts()) == 0);
        assertThat(marks.verdicts() | marks.reversed()).isEqualTo(MASK);
    }

    @Test
    void aRedirectionKeepsItsValueWhateverComesAndGoes() {
        var before = FlowMarks.none(MASK).with(List.of(redirection("b", true), redirection("d", false)));
        var names = new ArrayList<Redirection>(List.of(redirection("b", true)));
        IntStream.range(0, 100).forEach(i -> names.add(redirection("x" + i, false)));
        var after = before.with(names);

        assertThat(after.redirected().get("b")).isEqualTo(before.redirected().get("b"));
        assertThat(after.hijacked().get("b")).isEqualTo(before.hijacked().get("b"));
        assertThat(after.redirected()).doesNotContainKey("d");
    }

    @Test
    void theSameConfigurationGivesTheSameValuesAfterARestart() {
        var one = FlowMarks.none(MASK).with(List.of(redirection("a", true), redirection("b", false)));
        var other = FlowMarks.none(MASK).with(List.of(redirection("b", false), redirection("a", true)));
        assertThat(one).isEqualTo(other);
    }

    @Test
    void aMaskWithTooFewBitsIsRefused() {
        var marks = FlowMarks.none(0x7);
        var redirections =
                IntStream.range(0, 6).mapToObj(i -> redirection("r" + i, false)).toList();
        assertThatThrownBy(() -> marks.with(redirections))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("has room for 2");
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExpressionsTest {
    @ParameterizedTest
    @ValueSource(
            strings = {"^/a", "\\A/a", "^/(a|b)$", "^/[a|b]$", "^/a\\|b", "^/((a|b)|c)/d", "^/[(]a", "^/(a|[)]|b)$"})
    void whatEachAlternativeHasInFrontTiesAllOfThem(String text) {
        assertThat(Expressions.isAnchored(text)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/a", "^/a|/b", "^/(a|b)|/c", "(^/a|/b)", "^/[a]|b", "^/\\(a|b\\)"})
    void anAlternativeOfItsOwnIsNotTied(String text) {
        assertThat(Expressions.isAnchored(text)).isFalse();
    }
}

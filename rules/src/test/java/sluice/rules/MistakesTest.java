// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The mistakes of {@code mistakes.txt}, of which each file has one. */
class MistakesTest {
    /** A remedy, or words that tell what to write. */
    private static final String WHAT_TO_WRITE = ".*(?:; .+| (?:is|are) expected(?: .*)?)";

    static Stream<Mistake> mistakes() {
        return Mistake.read("mistakes.txt");
    }

    @ParameterizedTest
    @MethodSource("mistakes")
    void aMistakeGetsTheseWords(Mistake mistake) {
        assertThat(Configurations.problems(mistake.yaml())).isEqualTo(mistake.expected());
    }

    @ParameterizedTest
    @MethodSource("mistakes")
    void aMistakeGetsOneErrorWithItsLineAndWhatToWrite(Mistake mistake) {
        List<String> errors = mistake.expected().stream()
                .filter(line -> !line.contains(": warning: "))
                .toList();
        int lines = (int) mistake.yaml().lines().count();
        assertThat(errors).isNotEmpty().allMatch(line -> line.matches(WHAT_TO_WRITE));
        assertThat(errors).noneMatch(line -> line.contains("not YAML"));
        assertThat(errors).allMatch(line -> Integer.parseInt(line.split(":", -1)[1]) <= lines);
        assertThat(errors).hasSize(mistake.title().startsWith("two mistakes") ? 2 : 1);
    }

    @Test
    void thereAreManyMistakes() {
        assertThat(mistakes()).hasSizeGreaterThan(120).doesNotHaveDuplicates();
    }

    @Test
    void aListOfSeveralLinesIsNoMistake() {
        String yaml = """
                version: 1
                bypass: [
                  127.0.0.0/8,
                  "::1",
                ]
                rules:
                  - match: |-
                      ^/user\\.slice/"it's' [a{b
                    direct: true
                  - {app: org.telegram.desktop, direct: true}
                """;
        assertThat(Configurations.problems(yaml.replace("[a{b", "a"))).isEmpty();
    }

    @Test
    void whatStandsInABlockOfLinesOpensNothing() {
        String yaml = """
                version: 1
                rules:
                  - match: |-
                      ^/it's "a [b {c
                    direct: true
                  - {app: b, direct: true
                  - {app: c, direct: true}
                """;
        assertThat(Configurations.problems(yaml))
                .containsExactly(
                        "config.yaml:6:5: the { opened here is not closed; write } where it ends, at the latest"
                                + " in line 6");
    }
}

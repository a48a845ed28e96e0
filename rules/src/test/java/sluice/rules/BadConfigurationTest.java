// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The cases of {@code bad-configurations.txt}: each says what must be reported, to the letter. */
class BadConfigurationTest {
    static Stream<Mistake> cases() {
        return Mistake.read("bad-configurations.txt");
    }

    @ParameterizedTest
    @MethodSource("cases")
    void isRefusedWithPlaceAndRemedy(Mistake bad) {
        InvalidConfigurationException refused = assertThrows(
                InvalidConfigurationException.class,
                () -> new ConfigurationReader(Configurations.USERS)
                        .read("config.yaml", bad.yaml().getBytes(StandardCharsets.UTF_8)));
        assertThat(refused.problems()).extracting(Problem::toString).isEqualTo(bad.expected());
        assertThat(refused).hasMessage(String.join("\n", bad.expected()));
        assertThat(refused.toString()).doesNotContain("hunter2");
    }

    @Test
    void coversManyKindsOfMistakes() {
        assertThat(cases()).hasSizeGreaterThan(100).allMatch(c -> !c.expected().isEmpty());
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The cases of {@code bad-configurations.txt}: each says what must be reported, to the letter. */
class BadConfigurationTest {
    record Case(String title, String yaml, List<String> expected) {
        @Override
        public String toString() {
            return title;
        }
    }

    static Stream<Case> cases() throws IOException {
        String text;
        try (InputStream in = BadConfigurationTest.class.getResourceAsStream("bad-configurations.txt")) {
            text = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
        }
        List<Case> cases = new ArrayList<>();
        for (String section : text.split("(?m)^=== ", -1)) {
            int title = section.indexOf('\n');
            var yaml = new StringBuilder();
            List<String> expected = new ArrayList<>();
            section.substring(title + 1).lines().forEach(line -> {
                if (line.startsWith("=> ")) {
                    expected.add(line.substring(3));
                } else {
                    yaml.append(line).append('\n');
                }
            });
            cases.add(new Case(section.substring(0, title), yaml.toString(), expected));
        }
        // What stands before the first case is the file's own header.
        return cases.stream().skip(1);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void isRefusedWithPlaceAndRemedy(Case bad) {
        InvalidConfigurationException refused = assertThrows(
                InvalidConfigurationException.class,
                () -> new ConfigurationReader(Configurations.USERS)
                        .read("config.yaml", bad.yaml().getBytes(StandardCharsets.UTF_8)));
        assertThat(refused.problems()).extracting(Problem::toString).isEqualTo(bad.expected());
        assertThat(refused).hasMessage(String.join("\n", bad.expected()));
        assertThat(refused.toString()).doesNotContain("hunter2");
    }

    @Test
    void coversManyKindsOfMistakes() throws IOException {
        assertThat(cases()).hasSizeGreaterThan(100).allMatch(c -> !c.expected().isEmpty());
    }
}

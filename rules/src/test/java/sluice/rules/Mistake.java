// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * A file with mistakes and what must be reported for it, to the letter.
 *
 * @param title what is wrong with the file
 */
record Mistake(String title, String yaml, List<String> expected) {
    /** The mistakes in a resource: a title after {@code ===}, the file, and each line that is reported after {@code =>}. */
    static Stream<Mistake> read(String resource) {
        String text;
        try (InputStream in = Mistake.class.getResourceAsStream(resource)) {
            text = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("read " + resource, e);
        }
        List<Mistake> mistakes = new ArrayList<>();
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
            mistakes.add(new Mistake(section.substring(0, title), yaml.toString(), expected));
        }
        // What stands before the first mistake is the resource's own header.
        return mistakes.stream().skip(1);
    }

    @Override
    public String toString() {
        return title;
    }
}

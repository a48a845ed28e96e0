// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sluice.testkit.Scale;

/** Random lists against a reading of the same lines that tries one after the other. */
class DomainListOracleTest {
    private static final List<String> LABELS = List.of("a", "b", "www", "x-1", "_srv", "xn--bcher-kva");
    private static final List<String> TOPS = List.of("example", "org", "net", "co.example");

    private final Random random = new Random(4711);

    private String name() {
        var name = new StringBuilder();
        for (int i = random.nextInt(4); i > 0; i--) {
            name.append(LABELS.get(random.nextInt(LABELS.size()))).append('.');
        }
        return name.append(TOPS.get(random.nextInt(TOPS.size()))).toString();
    }

    /** A line as it may stand in a file, in various ways of writing. */
    private String line(String entry) {
        return switch (random.nextInt(8)) {
            case 0 -> entry.startsWith("keyword:") ? entry : entry.toUpperCase(Locale.ROOT);
            case 1 -> "  " + entry + "\t# a comment";
            case 2 -> entry + "\r";
            case 3 -> "# " + entry + "\n\n" + entry;
            default -> entry;
        };
    }

    private static boolean fits(String entry, String name) {
        if (entry.startsWith("keyword:")) {
            return name.contains(entry.substring("keyword:".length()));
        }
        return entry.startsWith("*") ? name.endsWith(entry.substring(1)) : name.equals(entry);
    }

    private static DomainList read(String text) throws InvalidConfigurationException {
        var yaml = "version: 1\nroutes: [{domain-file: list, outbound: block}]\n";
        var bytes = text.getBytes(StandardCharsets.UTF_8);
        var route = new ConfigurationReader(Configurations.USERS, _ -> new ByteArrayInputStream(bytes))
                .read("/config.yaml", yaml.getBytes(StandardCharsets.UTF_8))
                .configuration()
                .routes()
                .getFirst();
        return Objects.requireNonNull(route.domains());
    }

    @Test
    void aListFitsWhatOneOfItsLinesFits() throws Exception {
        int fitting = 0;
        int others = 0;
        for (int round = 0; round < Scale.of(200, 10_000); round++) {
            var entries = new ArrayList<String>();
            var text = new StringBuilder();
            // Long ones are looked up in another way than short ones.
            int fillers = random.nextInt(3) == 0 ? 300 : 0;
            for (int i = random.nextInt(1, 20) + fillers; i > 0; i--) {
                var entry = i > fillers ? (random.nextBoolean() ? "*." : "") + name() : "filler-" + i + ".example";
                if (random.nextInt(20) == 0) {
                    entry = "keyword:" + List.of("w.e", "x-", "b.o").get(random.nextInt(3));
                }
                entries.add(entry);
                text.append(line(entry)).append('\n');
            }
            var list = read(text.toString());
            var index = new DomainIndex(new NumberSets());
            index.add(list, 0);
            index.complete();
            for (int i = 0; i < 50; i++) {
                var name = random.nextInt(10) == 0 ? "filler-" + random.nextInt(400) + ".example" : name();
                boolean expected = entries.stream().anyMatch(entry -> fits(entry, name));
                assertThat(list.matches(name)).as("%s in %s", name, entries).isEqualTo(expected);
                assertThat(index.first(name, 1, _ -> true) == 0)
                        .as("%s in %s", name, entries)
                        .isEqualTo(expected);
                fitting += expected ? 1 : 0;
                others += expected ? 0 : 1;
            }
        }
        assertThat(fitting).isPositive();
        assertThat(others).isPositive();
    }

    /** So many that the names lie in several chunks of memory. */
    @ParameterizedTest
    @ValueSource(ints = {1, 255, 256, 100_000})
    void everyNameOfALongListIsFoundAndNoOtherOne(int count) throws Exception {
        Set<String> names = new HashSet<>();
        var text = new StringBuilder();
        for (int i = 0; i < count; i++) {
            var name = Integer.toString(random.nextInt(), 36).replace('-', 'x') + "." + LABELS.get(i % 4) + "-" + i
                    + ".example";
            names.add(name);
            text.append(name).append('\n');
            if (i % 3 == 0) {
                text.append(name).append('\n');
            }
        }
        var list = read(text.toString());
        assertThat(list.size()).isEqualTo(count + (count + 2) / 3);
        for (var name : names) {
            assertThat(list.matches(name)).as(name).isTrue();
            assertThat(list.matches("a." + name)).isFalse();
            assertThat(list.matches(name.substring(1))).isEqualTo(names.contains(name.substring(1)));
        }
    }

    @Test
    void aNameThatIsRepeatedAMillionTimesTakesNoLongerThanOthers() throws Exception {
        var list = read("www.example.org\n".repeat(1_000_000));
        assertThat(list.size()).isEqualTo(1_000_000);
        assertThat(list.matches("www.example.org")).isTrue();
        assertThat(list.matches("www.example.net")).isFalse();
    }
}

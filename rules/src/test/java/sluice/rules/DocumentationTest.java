// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What the documents show must be what the reader accepts. */
class DocumentationTest {
    private static final Path ROOT = Path.of("..");
    private static final UserLookup EVERYWHERE = UserLookup.passwd("root:x:0:0::/root:/bin/sh\n");
    private static final Pattern EXAMPLE = Pattern.compile("(?s)```yaml\n(version: 1\n.*?)```");

    private static String text(String file) throws IOException {
        return Files.readString(ROOT.resolve(file));
    }

    private static List<String> examples(String file) throws IOException {
        return EXAMPLE.matcher(text(file)).results().map(r -> r.group(1)).toList();
    }

    /** On a machine without users of its own: what the documents show must work as it is copied. */
    private static List<String> problems(String yaml) {
        return Configurations.problems(EVERYWHERE, yaml.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void exampleFileIsValid() throws IOException {
        assertThat(problems(text("docs/config.example.yaml"))).isEmpty();
    }

    /** Told of a key that it does not know, a reader names those it does. */
    @Test
    void exampleFileUsesEveryKeyThatTheReadersKnow() throws IOException {
        // Files of lists stand in comments, since they would have to be there.
        var lines = new ArrayList<>(text("docs/config.example.yaml")
                .replace("  # - {", "  - {")
                .lines()
                .toList());
        Map<String, Set<String>> used = new TreeMap<>();
        List<Position> mappings = new ArrayList<>();
        YamlNode root = YamlReader.read(String.join("\n", lines), new Problems("example"));
        collect("", Objects.requireNonNull(root), used, mappings);
        for (Position at : mappings.reversed()) {
            var line = new StringBuilder(lines.get(at.line() - 1));
            boolean flow = line.charAt(at.column() - 1) == '{';
            line.insert(
                    flow ? at.column() : at.column() - 1,
                    flow ? "unknown: 1, " : "unknown: 1\n" + " ".repeat(at.column() - 1));
            lines.set(at.line() - 1, line.toString());
        }
        FileSource lists = file -> new ByteArrayInputStream(
                (file.endsWith("ads.txt") ? "example.org" : "192.0.2.0/24").getBytes(StandardCharsets.UTF_8));
        byte[] spoilt = String.join("\n", lines).getBytes(StandardCharsets.UTF_8);
        assertThatThrownBy(() -> new ConfigurationReader(Configurations.USERS, lists).read("example", spoilt))
                .isInstanceOfSatisfying(InvalidConfigurationException.class, e -> {
                    List<Problem> unknown = e.problems().stream()
                            .filter(p -> p.found().equals("unknown key"))
                            .toList();
                    assertThat(unknown).hasSizeGreaterThan(30);
                    for (Problem problem : unknown) {
                        String known = problem.allowed().replaceFirst("^known are ", "");
                        assertThat(used.get(section(problem.key().replaceFirst("\\.?unknown$", ""))))
                                .as(problem.key())
                                .contains(known.split(", "));
                    }
                });
    }

    /** The keys of each section of a file, and where its mappings are. */
    private static void collect(String path, YamlNode node, Map<String, Set<String>> keys, List<Position> mappings) {
        switch (node) {
            case YamlNode.Scalar _ -> {}
            case YamlNode.Sequence list -> list.items().forEach(item -> collect(path, item, keys, mappings));
            case YamlNode.Mapping mapping -> {
                mappings.add(mapping.at());
                for (YamlNode.Entry entry : mapping.entries()) {
                    keys.computeIfAbsent(section(path), _ -> new TreeSet<>()).add(entry.key());
                    collect(path.isEmpty() ? entry.key() : path + "." + entry.key(), entry.value(), keys, mappings);
                }
            }
        }
    }

    /** A key's place without its number in a list and without the name that an outbound or tproxy has. */
    private static String section(String path) {
        return path.replaceAll("\\[\\d+]", "").replaceFirst("^(outbounds|tproxies)\\.[^.]+", "$1");
    }

    @Test
    void examplesInTheDocumentsAreValid() throws IOException {
        assertThat(examples("docs/configuration.md")).hasSize(3);
        for (String example : examples("docs/configuration.md")) {
            assertThat(problems(example)).as(example).noneMatch(line -> !line.contains(": warning: bypass: without"));
        }
        assertThat(examples("README.md")).isNotEmpty();
        for (String example : examples("README.md")) {
            assertThat(problems(example)).as(example).isEmpty();
        }
    }

    @Test
    void defaultsInTheReferenceAreThoseOfTheCode() throws IOException {
        String reference = text("docs/configuration.md");
        Configuration c = Configuration.EVERYTHING_DIRECT;
        assertThat(reference)
                .contains("| `route-table` | `" + c.routeTable() + "` |")
                .contains("| `rule-priority` | `" + c.rulePriority() + "` |")
                .contains("| `marks.mask` | `0x%08x` |".formatted(c.marks().mask()))
                .contains("| `marks.flow-mask` | `0x%08x` |".formatted(c.marks().flowMask()))
                .contains("| `marks.guard` | `0x%08x` |".formatted(c.marks().guard()))
                .contains("| `engine.connect-timeout` | `"
                        + c.engine().connectTimeout().toSeconds() + "s` |")
                .contains(
                        "| `engine.idle-timeout` | `" + c.engine().idleTimeout().toHours() + "h` |")
                .contains("| `engine.half-close-timeout` | `"
                        + c.engine().halfCloseTimeout().toMinutes() + "m` |")
                .contains("| `engine.udp-timeout` | `" + c.engine().udpTimeout().toSeconds() + "s` |")
                .contains("| `engine.access-log` | `" + c.engine().accessLog() + "` |")
                .contains("| `engine.sniff` | `" + c.engine().sniff().enabled() + "` |")
                .contains("| `engine.user-agent` | `" + c.engine().userAgent() + "` |")
                .contains("| `dns.ipv4` | `" + c.dns().ipv4() + "` |")
                .contains("| `dns.ipv6` | `" + c.dns().ipv6() + "` |")
                .contains("| `dns.fake-ttl` | `" + c.dns().fakeTtl().toMinutes() + "m` |")
                .contains("| `dns.cache-size` | `" + c.dns().cacheSize() + "` |")
                .contains("| `dns.stale` | `" + c.dns().stale().toHours() + "h` |")
                .contains("| `dns.verify` | `" + c.dns().verify() + "` |")
                .contains("| `dns.log` | `" + c.dns().log() + "` |")
                .contains("| `api.socket` | `" + c.api().socket() + "` |")
                .contains("`url` (`" + Outbound.Probe.DEFAULT.url() + "`)");
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What the documents show must be what the reader accepts. */
class DocumentationTest {
    private static final Path ROOT = Path.of("..");
    private static final Pattern EXAMPLE = Pattern.compile("(?s)```yaml\n(version: 1\n.*?)```");

    private static String text(String file) throws IOException {
        return Files.readString(ROOT.resolve(file));
    }

    private static List<String> examples(String file) throws IOException {
        return EXAMPLE.matcher(text(file)).results().map(r -> r.group(1)).toList();
    }

    @Test
    void exampleFileIsValidAndUsesEveryKey() throws IOException {
        String example = text("docs/config.example.yaml");
        assertThat(Configurations.problems(example)).isEmpty();
        Configuration c = Configurations.read(example).configuration();
        assertThat(c.outbounds()).hasSize(10);
        assertThat(c.routes()).hasSize(6);
        assertThat(c.dns().rules()).hasSize(3);
        assertThat(c.rules()).hasSize(6);
    }

    @Test
    void examplesInTheDocumentsAreValid() throws IOException {
        assertThat(examples("docs/configuration.md")).hasSize(3);
        for (String example : examples("docs/configuration.md")) {
            assertThat(Configurations.problems(example))
                    .as(example)
                    .noneMatch(line -> !line.contains(": warning: bypass: without"));
        }
        assertThat(examples("README.md")).isNotEmpty();
        for (String example : examples("README.md")) {
            assertThat(Configurations.problems(example)).as(example).isEmpty();
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
                .contains("| `engine.sniff` | `" + c.engine().sniff() + "` |")
                .contains("| `engine.user-agent` | `" + c.engine().userAgent() + "` |")
                .contains("| `dns.ipv4` | `" + c.dns().ipv4() + "` |")
                .contains("| `dns.ipv6` | `" + c.dns().ipv6() + "` |")
                .contains("| `dns.fake-ttl` | `" + c.dns().fakeTtl().toMinutes() + "m` |")
                .contains("| `dns.cache-size` | `" + c.dns().cacheSize() + "` |")
                .contains("| `dns.stale` | `" + c.dns().stale().toHours() + "h` |")
                .contains("| `dns.log` | `" + c.dns().log() + "` |")
                .contains("| `api.socket` | `" + c.api().socket() + "` |")
                .contains("`url` (`" + Outbound.Probe.DEFAULT.url() + "`)");
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ListFilesTest {
    private static final Path DIRECTORY = Path.of("/etc/sluice");

    private final Map<Path, byte[]> files = new HashMap<>();
    private final List<Path> read = new ArrayList<>();

    private void file(String name, String text) {
        files.put(Path.of(name), text.getBytes(StandardCharsets.UTF_8));
    }

    private InputStream read(Path file) throws IOException {
        read.add(file);
        byte[] bytes = files.get(file);
        if (bytes == null) {
            throw new IOException("it is on the moon");
        }
        return new ByteArrayInputStream(bytes);
    }

    private Reading reading(String routes) throws InvalidConfigurationException {
        var text = "version: 1\nroutes:\n" + routes;
        return new ConfigurationReader(Configurations.USERS, this::read)
                .read(DIRECTORY.resolve("config.yaml").toString(), text.getBytes(StandardCharsets.UTF_8));
    }

    private List<String> problems(String routes) {
        try {
            return reading(routes).warnings().stream().map(Problem::toString).toList();
        } catch (InvalidConfigurationException e) {
            return e.problems().stream().map(Problem::toString).toList();
        }
    }

    private Route route(String line) throws InvalidConfigurationException {
        return reading("  - " + line).configuration().routes().getFirst();
    }

    @Test
    void linesCommentsAndBlanksAreReadAsTheyLook() throws Exception {
        file(
                "/lists/a.txt",
                "\ufeff# all of them\r\na.example\r\n\n  *.B.example\t# those\n#c.example\nregexp:a#b$\nkeyword:x");
        assertThat(route("{domain: [first.example], domain-file: /lists/a.txt, outbound: direct}")
                        .domains())
                .extracting(DomainPattern::toString)
                .containsExactly("first.example", "a.example", "*.b.example", "regexp:a#b$", "keyword:x");
        file("/lists/b.txt", "192.0.2.1 # one\n10.0.0.0/8\n2001:db8::1/32");
        assertThat(route("{cidr: 198.51.100.0/24, cidr-file: /lists/b.txt, outbound: direct}")
                        .cidrs())
                .isEqualTo(PrefixList.of(
                        Prefix.parse("198.51.100.0/24"),
                        Prefix.parse("192.0.2.1"),
                        Prefix.parse("10.0.0.0/8"),
                        Prefix.parse("2001:db8::/32")));
    }

    @Test
    void relativePathsStartAtTheConfigurationsDirectory() throws Exception {
        file("/etc/sluice/lists/a.txt", "a.example");
        file("/etc/b.txt", "b.example");
        reading("  - {domain-file: [lists/a.txt, ../b.txt], outbound: direct}");
        assertThat(read).containsExactly(Path.of("/etc/sluice/lists/a.txt"), Path.of("/etc/b.txt"));
    }

    @Test
    void problemsNameTheFileAndTheLine() {
        file("/lists/a.txt", "a.example\n\n  192.0.2.1\nb..example\n");
        file("/lists/b.txt", "10.0.0.1/8\nexample.org\n");
        assertThat(problems("  - {domain-file: /lists/a.txt, cidr-file: /lists/b.txt, outbound: direct}"))
                .containsExactly(
                        "/lists/a.txt:3:3: found the address \"192.0.2.1\": a domain name is expected; addresses go into cidr of a "
                                + "route",
                        "/lists/a.txt:4:1: \"b..example\" is not a host name; such as proxy.example",
                        "/lists/b.txt:1:1: \"10.0.0.1/8\" has bits set after its first 8: a network is expected; write 10.0.0.0/8, or "
                                + "10.0.0.1 for the one address",
                        "/lists/b.txt:2:1: \"example.org\" is not an IP address: an IPv4 or IPv6 address is expected; write its addresses in place of the name");
    }

    @Test
    void namesAreTranslatedUnlessStandardsDifferAboutThem() throws Exception {
        file("/lists/a.txt", "B\u00fccher.example");
        assertThat(route("{domain-file: /lists/a.txt, outbound: direct}").domains())
                .extracting(DomainPattern::toString)
                .containsExactly("xn--bcher-kva.example");
        file("/lists/a.txt", "*.stra\u00dfe.example");
        assertThat(problems("  - {domain-file: /lists/a.txt, outbound: direct}"))
                .containsExactly(
                        "/lists/a.txt:1:1: \"stra\u00dfe.example\" has a character that stands for different domains by"
                                + " different standards: a name without \u00df, \u03c2 and joiners is expected; write the form that begins"
                                + " with xn--");
    }

    @Test
    void whoeverMendsAFileIsToldOfAFewProblemsAtATime() {
        file("/lists/a.txt", "a b\n".repeat(100_000));
        assertThat(problems("  - {domain-file: /lists/a.txt, outbound: direct}"))
                .hasSize(100);
        files.put(Path.of("/lists/b.txt"), new byte[ListFiles.LONGEST + 1]);
        assertThat(problems("  - {cidr-file: /lists/b.txt, outbound: direct}"))
                .containsExactly(
                        "/etc/sluice/config.yaml:3:17: routes[0].cidr-file: the file \"/lists/b.txt\" is longer than "
                                + "67108864 bytes");
    }

    @Test
    void aFileThatSeveralListsNameIsReadOnce() throws Exception {
        file("/lists/a.txt", "a.example\n".repeat(300));
        file("/lists/b.txt", "192.0.2.0/24\n");
        var routes = reading("""
                  - {domain-file: /lists/a.txt, cidr-file: /lists/b.txt, outbound: direct}
                  - {domain-file: [/lists/a.txt], cidr-file: /lists/b.txt, port: 80, outbound: block}
                """).configuration().routes();
        assertThat(read).containsExactly(Path.of("/lists/a.txt"), Path.of("/lists/b.txt"));
        assertThat(routes.getFirst().domains()).isEqualTo(routes.getLast().domains());
        assertThat(routes.getFirst().cidrs()).isSameAs(routes.getLast().cidrs());
        file("/lists/a.txt", "a b\n");
        assertThat(problems("""
                  - {domain-file: /lists/a.txt, outbound: direct}
                  - {domain-file: /lists/a.txt, outbound: block}
                """)).hasSize(1);
    }

    /** Lines lie across the pieces in which a file is read. */
    @Test
    void placesAreRightWhereverALineLies() throws Exception {
        for (int filler : new int[] {1, 7, 65_530, 65_533, 65_534, 65_535, 65_536, 131_070}) {
            file(
                    "/lists/a.txt",
                    "#" + "x".repeat(Math.min(filler, 60_000)) + "\n" + "#\n".repeat(filler / 2)
                            + "good.example\n  b..example");
            assertThat(problems("  - {domain-file: /lists/a.txt, outbound: direct}"))
                    .as("%s bytes before", filler)
                    .containsExactly("/lists/a.txt:" + (filler / 2 + 3)
                            + ":3: \"b..example\" is not a host name; such as proxy.example");
        }
    }

    @Test
    void linesThatAreTooLongAreRefusedAndTheRestIsRead() {
        file("/lists/a.txt", "a.example\n" + "x".repeat(200_000) + "\nb..example\n" + "y".repeat(65_536) + "\n");
        assertThat(problems("  - {domain-file: /lists/a.txt, outbound: direct}"))
                .containsExactly(
                        "/lists/a.txt:2:1: a line of more than 65536 bytes: one entry a line is expected",
                        "/lists/a.txt:3:1: \"b..example\" is not a host name; such as proxy.example",
                        "/lists/a.txt:4:1: a line of more than 65536 bytes: one entry a line is expected");
    }

    @Test
    void aFileThatGrowsWhileItIsReadMayNotGrowTooLong() {
        files.put(Path.of("/lists/a.txt"), new byte[0]);
        var endless = new InputStream() {
            @Override
            public int read() {
                return '\n';
            }

            @Override
            public int read(byte[] bytes, int from, int count) {
                Arrays.fill(bytes, from, from + count, (byte) '\n');
                return count;
            }
        };
        var text = "version: 1\nroutes: [{domain-file: a, outbound: direct}]\n".getBytes(StandardCharsets.UTF_8);
        assertThatThrownBy(() -> new ConfigurationReader(Configurations.USERS, _ -> endless).read("config.yaml", text))
                .hasMessageContaining("is longer than 67108864 bytes");
    }

    @Test
    void anEmptyFileFitsNothingAndIsMentioned() throws Exception {
        file("/lists/a.txt", "# cleared\n");
        var line = "  - {domain-file: /lists/a.txt, outbound: direct}";
        assertThat(problems(line))
                .containsExactly(
                        "/etc/sluice/config.yaml:3:19: warning: routes[0].domain-file: the file has no entry: nothing "
                                + "fits it");
        assertThat(reading(line).configuration().routes().getFirst().domains()).isEqualTo(DomainList.of());
        assertThat(route("{cidr: 192.0.2.1, outbound: direct}").domains()).isNull();
    }

    @Test
    void filesThatCannotBeReadAreNamed() {
        assertThatThrownBy(() -> reading("  - {domain-file: a.txt, outbound: direct}"))
                .isInstanceOf(InvalidConfigurationException.class)
                .hasMessageContaining("cannot read \"/etc/sluice/a.txt\": it is on the moon");
    }

    @Test
    void onlyRegularFilesAreOpened(@TempDir Path directory) throws Exception {
        var file = Files.writeString(directory.resolve("a"), "12345");
        for (var path : List.of(file, Files.createSymbolicLink(directory.resolve("link"), file))) {
            try (var opened = FileSource.LOCAL.open(path)) {
                assertThat(opened.available()).isEqualTo(5);
                assertThat(opened.readAllBytes()).hasSize(5);
            }
        }
        assertThatThrownBy(() -> FileSource.LOCAL.open(directory)).hasMessage("it is not a regular file");
        assertThatThrownBy(() -> FileSource.LOCAL.open(directory.resolve("none")))
                .hasMessage("it does not exist");
    }

    @Test
    void aHundredThousandLinesTakeLittleRoom() throws Exception {
        var text = new StringBuilder();
        for (int i = 0; i < 100_000; i++) {
            text.append("*.host-").append(i).append(".example\n");
        }
        file("/lists/a.txt", text.toString());
        var domains = Objects.requireNonNull(
                route("{domain-file: /lists/a.txt, outbound: direct}").domains());
        assertThat(domains.size()).isEqualTo(100_000);
        assertThat(domains).contains(new DomainPattern.Below("host-99999.example"));
        assertThat(domains).hasToString("100000 domains");
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class HostileInputTest {
    private static final Duration SHORT = Duration.ofMinutes(1);

    private static List<String> problems(String yaml) {
        return Assertions.assertTimeoutPreemptively(SHORT, () -> Configurations.problems(yaml));
    }

    @Test
    void aliasesThatMultiplyAreRefused() {
        var bomb = new StringBuilder("version: 1\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (int i = 1; i < 12; i++) {
            bomb.append("a%d: &a%d [%s]\n".formatted(i, i, ("*a" + (i - 1) + ", ").repeat(10)));
        }
        assertThat(problems(bomb.toString()))
                .containsExactly("config.yaml:7:5: more than 200000 values, aliases included");
    }

    @Test
    void deepNestingIsRefused() {
        assertThat(problems("version: 1\nrules: " + "[".repeat(100_000)))
                .containsExactly("config.yaml:2:32: more than 24 levels of nesting");
        assertThat(problems("- ".repeat(50_000) + "x")).hasSize(1);
    }

    @Test
    void longListsAreRefusedOrReportedInPart() {
        assertThat(problems("version: 1\nbypass: [" + "1,".repeat(250_000) + "]"))
                .containsExactly("config.yaml:2:9: more than 200000 values, aliases included");
        List<String> many = problems("version: 1\nbypass: [" + "1,".repeat(100_000) + "]");
        assertThat(many).hasSize(501);
        assertThat(many.getLast()).endsWith("and 99500 more problems; mend these first");
    }

    @Test
    void nestedGroupsInAnExpressionAreRefused() {
        assertThat(problems("version: 1\nrules: [{match: '" + "(".repeat(1500) + ")".repeat(1500) + "', drop: true}]"))
                .containsExactly(
                        "config.yaml:2:17: rules[0].match: the expression is too large: at most 4096 characters, "
                                + "repetitions included, are expected; make several rules of it");
        assertThat(problems("version: 1\nrules: [{match: '" + "a?".repeat(2000) + "', drop: true}]"))
                .filteredOn(line -> !line.contains("warning"))
                .hasSizeLessThanOrEqualTo(1);
    }

    @Test
    void otherEncodingsAreNamed() {
        for (String utf : List.of("UTF-16LE", "UTF-16BE", "UTF-16", "UTF-32LE", "UTF-32BE")) {
            assertThat(Configurations.problems("version: 1\n".getBytes(Charset.forName(utf))))
                    .as(utf)
                    .containsExactly("config.yaml:1:1: this is UTF-16 or UTF-32 text: the file must be UTF-8; "
                            + "convert it, for example with iconv -t UTF-8");
        }
        assertThat(Configurations.problems("version: 1\n# 😀 é\n".getBytes(StandardCharsets.UTF_8)))
                .isEmpty();
        assertThat(Configurations.problems("version: 1\n# é\n".getBytes(StandardCharsets.ISO_8859_1)))
                .containsExactly("config.yaml:2:3: byte 0xe9 is not UTF-8: the file must be UTF-8; "
                        + "convert it, for example with iconv -f LATIN1 -t UTF-8");
    }

    @Test
    void truncatedCharactersAndControlCharactersAreRefused() {
        assertThat(Configurations.problems(new byte[] {'a', (byte) 0xc3}))
                .containsExactly("config.yaml:1:2: byte 0xc3 is not UTF-8: the file must be UTF-8; "
                        + "convert it, for example with iconv -f LATIN1 -t UTF-8");
        assertThat(problems("version: 1\nbypass: [\0]\n"))
                .containsExactly("config.yaml:2:10: control character U+0000: YAML is printable text; remove it");
        assertThat(problems("version: 1\n# \u0090\n"))
                .containsExactly("config.yaml:2:3: control character U+0090: YAML is printable text; remove it");
        assertThat(problems("version: 1\u001b[2J\n"))
                .containsExactly("config.yaml:1:11: control character U+001B: YAML is printable text; remove it");
    }

    @Test
    void messagesStayOnOneLineAndLeaveTheTerminalAlone() {
        List<String> lines =
                problems("version: 1\nbypass: [\"\\e[2J\\n\\u202e\"]\nrules: [{match: \"(\\n\\e\", drop: true}]\n");
        assertThat(lines).hasSize(2).allMatch(line -> line.codePoints().allMatch(Words::isPrintable));
    }

    @Test
    void passwordsThatBreakTheSyntaxAreNotRepeated() {
        for (String password : List.of(
                "*hunter2",
                "&hunter2",
                "!hunter2",
                "!hunter2!x",
                "@hunter2",
                "`hunter2",
                "%hunter2",
                "{hunter2",
                "[hunter2",
                "\"hunter2",
                "'hunter2",
                "|hunter2",
                ">hunter2",
                "hunter2: x",
                "x hunter2: x",
                "\u201chunter2\u201d",
                "\u201chunter2",
                "hunter2\u201d: x",
                "hunter2} x",
                "'hunter2'hunter2",
                "\"\\hunter2\"")) {
            String yaml = "version: 1\noutbounds: {a: {type: http, server: \"a.example:1\", username: u, password: "
                    + password + "}}\nrules: [{match: 1, proxy: b}]\n";
            assertThat(problems(yaml)).as(password).isNotEmpty().noneMatch(line -> line.contains("hunter2"));
        }
    }

    @Test
    void urlsWithAPasswordAreNotRepeated() {
        String url = "socks5://u:hunter2@proxy.example:1080";
        for (String place : List.of(
                "outbounds: {a: \"" + url + "\"}",
                "rules: [{app: a, proxy: \"" + url + "\"}]",
                "routes: [{app: a, outbound: \"" + url + "\"}]",
                "dns: {mode: real, servers: [{url: \"udp://9.9.9.9\", outbound: \"" + url + "\"}]}",
                "run: [{user: alice, targets: [\"" + url + "\"]}]",
                "bypass: [\"" + url + "\"]",
                "dns: \"" + url + "\"")) {
            assertThat(problems("version: 1\n" + place + "\n"))
                    .as(place)
                    .isNotEmpty()
                    .noneMatch(line -> line.contains("hunter2"));
        }
    }

    static IntStream seeds() {
        return IntStream.range(0, 10);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void damagedFilesAreReadOrRefusedButNeverBreakTheReader(int seed) {
        var random = new Random(seed);
        String sample = """
                version: 1
                bypass: [127.0.0.0/8, "::1"]
                tproxies: {a: &a {mark: 3000, port: 7893, dns-hijack: {ip: 127.0.0.1}}, b: {<<: *a, mark: 4}}
                outbounds: {c: {type: socks5, server: "192.0.2.1:1", via: d}, d: {type: select, outbounds: [direct]}}
                routes: [{domain: "*.example.org", port: "1-2", outbound: c}]
                dns: {mode: fake-ip, servers: ["udp://9.9.9.9"]}
                rules:
                  - match: |-
                      \\/a(?:b|c)+.*
                    tproxy: a
                  - {unit: "x-*.service", user: alice, drop: reject}
                """;
        byte[] whole = sample.getBytes(StandardCharsets.UTF_8);
        String tokens = "{}[]:,-&*!|>'\"%@`#?\\ \n\t~0x\u00e9(+";
        Assertions.assertTimeoutPreemptively(SHORT, () -> {
            for (int i = 0; i < 300; i++) {
                byte[] damaged = whole.clone();
                for (int n = random.nextInt(6); n >= 0; n--) {
                    int at = random.nextInt(damaged.length);
                    damaged[at] = random.nextInt(4) == 0
                            ? (byte) random.nextInt()
                            : (byte) tokens.charAt(random.nextInt(tokens.length()));
                }
                for (String line : Configurations.problems(damaged)) {
                    assertThat(line).matches("config\\.yaml:[1-9][0-9]*:[1-9][0-9]*: .+");
                }
            }
        });
    }
}

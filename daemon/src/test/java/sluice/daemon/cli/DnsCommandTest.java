// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import sluice.control.DnsCacheView;
import sluice.control.DnsCacheView.AnswerView;
import sluice.control.DnsView;

class DnsCommandTest {
    private static final AnswerView FRESH =
            new AnswerView("example.org", "A", "NOERROR", List.of("udp://192.0.2.53"), 3, 57, List.of("192.0.2.1"));
    private static final AnswerView STALE =
            new AnswerView("exam\033ple.org", "MX", "NXDOMAIN", List.of(), 300, 0, List.of());

    private static String shown(String answer, @Nullable AnswerView cached, List<String> addresses) {
        var text = new StringWriter();
        DnsCommand.print(
                new DnsView(
                        "example.org",
                        "A",
                        "/system.slice/x.service",
                        "fake-ip",
                        answer,
                        "dns.rules[2]",
                        "dns.rules[2]",
                        answer.equals("real") ? List.of("udp://192.0.2.53") : List.of(),
                        null,
                        cached,
                        addresses),
                new PrintWriter(text, true));
        return text.toString();
    }

    @Test
    void peopleReadWhatIsAnsweredByWhomAndWhy() {
        assertThat(shown("real", FRESH, List.of("192.0.2.1")).lines())
                .containsExactly(
                        "example.org A, asked by /system.slice/x.service",
                        "gets     what is remembered",
                        "         192.0.2.1",
                        "because  dns.rules[2]",
                        "servers  udp://192.0.2.53",
                        "cache    NOERROR, 3 s old, good for 57 s");
    }

    @Test
    void whatIsNotThereYetIsSaid() {
        assertThat(shown("real", null, List.of())).contains("gets     what the servers answer\n");
        assertThat(shown("real", STALE, List.of()))
                .contains("gets     what the servers answer, else what is remembered\n", "300 s old, stale\n");
        assertThat(shown("fake", null, List.of())).contains("gets     a fake IP, at the first question\n");
        assertThat(shown("refused", null, List.of()))
                .contains("gets     REFUSED\n")
                .doesNotContain("servers");
        assertThat(shown("nonexistent", null, List.of())).contains("gets     NXDOMAIN: there is no such name\n");
        assertThat(shown("empty", null, List.of())).contains("gets     an answer without records\n");
    }

    @Test
    void theCacheIsATableWithoutControlCharacters() {
        var text = new StringWriter();
        DnsCommand.print(
                new DnsCacheView(List.of(FRESH, STALE), 10_000, 20_480, 3, 131_070), new PrintWriter(text, true));
        assertThat(text.toString().lines().map(line -> line.replaceAll("  +", " | ")))
                .containsExactly(
                        "NAME | TYPE | STATUS | AGE | SERVERS",
                        "example.org | A | NOERROR | 3 s, good for 57 s | udp://192.0.2.53",
                        "exam\\x1bple.org | MX | NXDOMAIN | 300 s, stale",
                        "2 of at most 10000 answers, 20 KiB; 3 of at most 131070 fake IPs");
    }
}

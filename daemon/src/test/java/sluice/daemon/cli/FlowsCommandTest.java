// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sluice.control.FlowView;

class FlowsCommandTest {
    private static FlowView flow(String transport, @Nullable String host, @Nullable String end) {
        return new FlowView(
                3,
                transport,
                "firefox",
                "/x",
                null,
                1000,
                17,
                "fire\033fox",
                "192.0.2.2:40000",
                "[2001:db8::1]:443",
                host,
                "office",
                host == null ? null : "routes[1]",
                List.of("best", "office"),
                "2026-01-01T00:00:00Z",
                61_000,
                20_000,
                500,
                end,
                end == null ? null : "for a reason");
    }

    @Test
    void aTableSaysWhoGoesWhereAndHow() {
        var text = new StringWriter();
        FlowsCommand.print(
                List.of(flow("tcp", "example.org", null), flow("udp", null, null)),
                new Page(new PrintWriter(text, true), Terminal.ENDLESS));
        assertThat(text.toString().lines().map(line -> line.replaceAll("  +", " | ")))
                .containsExactly(
                        "APPLICATION | DESTINATION | OUTBOUND | SENT | RECEIVED | AGE",
                        "firefox (fire\\x1bfox 17) | example.org:443 ([2001:db8::1]) | best > office by routes[1] | 19 KiB | 500 B | 1 min",
                        "firefox (fire\\x1bfox 17) | udp [2001:db8::1]:443 | best > office | 19 KiB | 500 B | 1 min");
    }

    @Test
    void aTableFitsANarrowTerminal() {
        var text = new StringWriter();
        FlowsCommand.print(List.of(flow("tcp", "example.org", null)), new Page(new PrintWriter(text, true), 80));
        assertThat(text.toString().lines())
                .containsExactly(
                        "APPLICATION        DESTINATION        OUTBOUND           SENT    RECEIVED  AGE",
                        "firefox (f…ox 17)  example.or…8::1])  best > off…tes[1]  19 KiB  500 B     1 min");
    }

    @Test
    void onAVeryNarrowTerminalRowsAreParagraphs() {
        var text = new StringWriter();
        FlowsCommand.print(List.of(flow("tcp", "example.org", null)), new Page(new PrintWriter(text, true), 40));
        assertThat(text.toString().lines())
                .containsExactly(
                        "APPLICATION  DESTINATION  OUTBOUND  SENT",
                        "    RECEIVED  AGE",
                        "firefox (fire\\x1bfox 17)",
                        "    example.org:443 ([2001:db8::1])",
                        "    best > office by routes[1]  19 KiB",
                        "    500 B  1 min");
    }

    @Test
    void whoFollowsSeesBeginningsAndEnds() {
        assertThat(FlowsCommand.line(flow("tcp", null, null)))
                .isEqualTo("+ firefox (fire\\x1bfox 17)  tcp [2001:db8::1]:443  best > office");
        assertThat(FlowsCommand.line(flow("tcp", null, "idle")))
                .isEqualTo("- firefox (fire\\x1bfox 17)  tcp [2001:db8::1]:443  best > office  19 KiB up, 500 B down,"
                        + " 61000 ms: idle, for a reason");
    }

    @ParameterizedTest
    @CsvSource({"0, 0 B", "10239, 10239 B", "10240, 10 KiB", "20971520, 20 MiB", "1099511627776, 1024 GiB"})
    void bytesHaveAUnitThatFits(long count, String text) {
        assertThat(FlowsCommand.bytes(count)).isEqualTo(text);
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.ZoneId;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import sluice.control.StatusView;

class StatusCommandTest {
    private static final StatusView.RuleStatus PROXIED =
            new StatusView.RuleStatus(4, "app: firefox", "proxy office", 2, 17, 0, 0, null);
    private static final StatusView.RuleStatus DROPPED =
            new StatusView.RuleStatus(5, "match: ^/a$", "reject", 0, 0, 3, 4000, "matches no cgroup");

    private static List<String> lines(int room, StatusView.RuleStatus... rules) {
        var datagrams = new LinkedHashMap<String, Long>();
        datagrams.put("from-clients", 12L);
        datagrams.put("loop", 0L);
        datagrams.put("over-peers", 3L);
        var status = new StatusView(
                "1.0",
                42,
                90,
                "/etc/sluice/config.yaml",
                "2026-07-01T12:05:06Z",
                "nftables",
                "/sys/fs/cgroup",
                List.of(rules),
                List.of(),
                new StatusView.EngineStatus(
                        List.of(new StatusView.TargetStatus("office", 40123, true)),
                        3,
                        9000,
                        17,
                        1,
                        0,
                        List.of(),
                        datagrams,
                        Map.of("udp-queries", 0L)),
                null,
                Map.of("proxy office", 2L),
                3,
                0,
                List.of(),
                List.of("Docker: nothing to do", "libvirt: nothing to do"),
                List.of("api.socket: the control socket stays as it is; a restart changes it"));
        var text = new StringWriter();
        StatusCommand.print(status, new Page(new PrintWriter(text, true), room), ZoneId.of("Europe/Berlin"));
        return text.toString().lines().toList();
    }

    @Test
    void aRuleShowsOnlyWhatIsCountedForIt() {
        assertThat(lines(Terminal.ENDLESS, PROXIED, DROPPED))
                .containsExactly(
                        "Sluice 1.0, process 42, up 1 min",
                        "configuration  /etc/sluice/config.yaml, read 2026-07-01 14:05:06",
                        "mechanism      nftables below /sys/fs/cgroup, 3 levels, 0 repairs",
                        "cgroups        2 proxy office",
                        "",
                        "LINE  TARGET        CGROUPS  FLOWS  DROPPED            CONDITION",
                        "   4  proxy office        2     17  -                  app: firefox",
                        "   5  reject              0  -      3 packets, 4000 B  match: ^/a$",
                        "line 5: matches no cgroup",
                        "",
                        "engine         3 flows of at most 9000, 17 since the start, 1 refused",
                        "datagrams      12 from-clients, 3 over-peers",
                        "port 53        no queries",
                        "OUTBOUND  PORT   UDP",
                        "office    40123  yes",
                        "",
                        "beside         Docker: nothing to do",
                        "beside         libvirt: nothing to do",
                        "warning: api.socket: the control socket stays as it is; a restart changes it");
    }

    @Test
    void withoutARuleThatDropsNothingIsSaidOfIt() {
        assertThat(lines(Terminal.ENDLESS, PROXIED))
                .contains(
                        "LINE  TARGET        CGROUPS  FLOWS  CONDITION",
                        "   4  proxy office        2     17  app: firefox");
    }

    @Test
    void itFitsANarrowTerminal() {
        assertThat(lines(40, PROXIED, DROPPED))
                .allMatch(line -> line.length() <= 40)
                .startsWith(
                        "Sluice 1.0, process 42, up 1 min",
                        "configuration  /etc/sluice/config.yaml,",
                        "               read 2026-07-01 14:05:06",
                        "mechanism      nftables below",
                        "               /sys/fs/cgroup, 3 levels,",
                        "               0 repairs");
    }
}

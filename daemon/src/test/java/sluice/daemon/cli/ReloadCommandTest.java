// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import sluice.control.ReloadView;

class ReloadCommandTest {
    private static String text(List<String> changes, long added, long removed, long changed) {
        return ReloadCommand.text(new ReloadView("/etc/config.yaml", changes, added, removed, changed, List.of()));
    }

    @Test
    void whatHasChangedIsNamed() {
        assertThat(text(List.of("dns.mode", "outbounds.office", "routes"), 0, 0, 0))
                .isEqualTo("/etc/config.yaml is in force: changed are dns.mode, outbounds.office, routes; no cgroup has"
                        + " another target");
        assertThat(text(List.of("rules"), 1, 2, 3))
                .isEqualTo("/etc/config.yaml is in force: changed are rules; cgroups: 1 added, 2 removed, 3 changed");
    }

    @Test
    void whereNothingHasChangedThatIsSaid() {
        assertThat(text(List.of(), 0, 0, 0)).isEqualTo("/etc/config.yaml is in force: nothing has changed");
        assertThat(text(List.of(), 0, 0, 1))
                .isEqualTo(
                        "/etc/config.yaml is in force: no setting has changed; cgroups: 0 added, 0 removed, 1 changed");
    }

    @Test
    void ofManyChangesSomeAreNamed() {
        var many = IntStream.range(0, 30).mapToObj(i -> "outbounds.o" + i).toList();
        assertThat(text(many, 0, 0, 0)).contains("outbounds.o19 and 10 more;");
    }

    @Test
    void withoutAFileEverythingIsDirect() {
        assertThat(ReloadCommand.text(new ReloadView(null, List.of("rules"), 0, 1, 0, List.of())))
                .isEqualTo("everything direct is in force: changed are rules; cgroups: 0 added, 1 removed, 0 changed");
    }
}

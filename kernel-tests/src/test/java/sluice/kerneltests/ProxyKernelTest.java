// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import sluice.testkit.Await;
import sluice.testkit.Haproxy;
import sluice.testkit.Internet;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;

/** Rules with {@code proxy:}, the built-in engine and real programs on both sides. */
@KernelTest
class ProxyKernelTest {
    private static final String DIRECT = Machine.BYPASS + """
            rules:
              - {match: '^/proxied$', proxy: direct}
            """;

    @Test
    void theEngineCarriesWhatARuleSendsIt(Lab lab) throws Exception {
        try (var machine = Machine.with(lab, "proxied", "other")) {
            Haproxy.web(machine.internet(), "web", 80);
            var daemon = machine.apply(DIRECT);
            for (var address : List.of(Internet.SERVER4, Internet.SERVER6)) {
                assertThat(machine.page("proxied", address))
                        .startsWith("web from ")
                        .endsWith(" to " + address + " 80\n");
                assertThat(machine.page("other", address)).startsWith("web from ");
            }
            Await.until(
                    "two lines of the access log",
                    Machine.SOON,
                    () -> flows(daemon).size() == 2);
            assertThat(flows(daemon))
                    .allSatisfy(line -> assertThat(line)
                            .contains(" cgroup=/proxied ", " target=direct outbound=direct ", " end=finished")
                            .contains(" command=curl "));
            assertThat(flows(daemon).getFirst()).contains(" destination=" + Internet.SERVER4 + ":80 ");
            assertThat(daemon.stop()).isZero();
            KernelState.assertNothingLeft(lab);
        }
    }

    private static List<String> flows(SluiceDaemon daemon) throws IOException {
        return daemon.log()
                .lines()
                .filter(line -> line.contains(" flow application="))
                .toList();
    }
}

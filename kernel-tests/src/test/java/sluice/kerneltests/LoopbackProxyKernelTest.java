// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import sluice.testkit.Background;
import sluice.testkit.Haproxy;
import sluice.testkit.Internet;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;
import sluice.testkit.Transport;

/** A proxy on loopback whose own cgroup is sent to it: each of its connections would come back to it. */
@KernelTest
@Timeout(300)
class LoopbackProxyKernelTest {
    private static final int PORT = 1080;
    private static final String RUNS = "the proxy at 127.0.0.1:1080 runs in ";
    private static final String OUTBOUND =
            Machine.BYPASS + "outbounds: {office: {type: socks5, server: '127.0.0.1:" + PORT + "'}}\n";
    private static final String INHERITED = OUTBOUND + "rules: [{match: '^/apps$', proxy: office}]\n";
    private static final String DIRECT =
            OUTBOUND + "rules: [{match: '^/apps/proxy$', direct: true}, {match: '^/apps$', proxy: office}]\n";

    private static Background proxy(Lab lab, Machine machine) throws IOException {
        var started = machine.in("apps/proxy", "microsocks", "-i", "127.0.0.1", "-p", Integer.toString(PORT))
                .start();
        lab.here().awaitListener(Transport.TCP, PORT, Machine.SOON);
        return started;
    }

    private static List<String> refusals(SluiceDaemon daemon) throws IOException {
        return daemon.log().lines().filter(line -> line.contains("would loop")).toList();
    }

    @Test
    void isRefusedOnceForEachConnectionAndNamedByCheckAndAtTheStart(Lab lab) throws Exception {
        try (var machine = Machine.with(lab, "apps", "apps/proxy", "apps/browser")) {
            Haproxy.web(machine.internet(), "web", 80);
            try (var _ = proxy(lab, machine)) {
                var daemon = machine.apply(INHERITED).awaitLog(RUNS, Machine.SOON);
                assertThat(SluiceDaemon.command(
                                        lab,
                                        "check",
                                        "config",
                                        "-c",
                                        daemon.file().toString())
                                .run()
                                .err())
                        .contains("outbounds.office: " + RUNS + "/apps/proxy", "line ");
                var answer =
                        machine.curl("apps/browser", Internet.SERVER4, "20").attempt();
                assertThat(answer.status()).isNotZero();
                daemon.awaitLog("would loop", Machine.SOON);
                assertThat(refusals(daemon)).hasSize(1);
                machine.apply(DIRECT);
                assertThat(machine.page("apps/browser", Internet.SERVER4)).startsWith("web from ");
                assertThat(refusals(daemon)).hasSize(1);
            }
        }
    }

    @Test
    void isNamedByTheEngineWhereItStartsLater(Lab lab) throws Exception {
        try (var machine = Machine.with(lab, "apps", "apps/proxy", "apps/browser")) {
            Haproxy.web(machine.internet(), "web", 80);
            var daemon = machine.apply(INHERITED);
            assertThat(daemon.log()).doesNotContain(RUNS);
            try (var _ = proxy(lab, machine)) {
                for (int i = 1; i <= 3; i++) {
                    machine.curl("apps/browser", Internet.SERVER4, "20").attempt();
                    daemon.awaitLog("would loop", Machine.SOON);
                }
            }
            assertThat(daemon.log().lines().filter(line -> line.contains("WARN") && line.contains(RUNS)))
                    .hasSize(1);
        }
    }
}

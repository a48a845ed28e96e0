// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import sluice.testkit.Background;
import sluice.testkit.Haproxy;
import sluice.testkit.Internet;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;
import sluice.testkit.Probe;

/** What an HTTP proxy hears of the application, with {@code engine.user-agent}. */
@KernelTest
class UserAgentKernelTest {
    private static final String PORT = "3128";

    private static String policy(boolean told) {
        return Machine.BYPASS + """
                engine: {user-agent: %s, access-log: false}
                outbounds: {corp: {type: http, server: '%s:%s'}}
                rules: [{match: ^/proxied$, proxy: corp}]
                """.formatted(told, Internet.OTHER4, PORT);
    }

    private static Background proxy(Machine machine) throws Exception {
        var script = Objects.requireNonNull(UserAgentKernelTest.class.getResource("telling-proxy.py"));
        var proxy =
                machine.internet().command("python3", script.getPath(), PORT).start();
        proxy.awaitOutput("ready\n", Machine.SOON);
        return proxy;
    }

    @Test
    void theProxyIsToldTheProcessThatIsAloneInItsCgroup(Lab lab) throws Exception {
        try (var machine = Machine.with(lab, "proxied")) {
            Haproxy.web(machine.internet(), "web", 80);
            var proxy = proxy(machine);
            var _ = machine.apply(policy(true));
            var cgroup = machine.cgroup("proxied");
            try (var _ = Probe.tcp(lab.here(), 10_000, Internet.SERVER4, 80)
                    .bornIn(cgroup)
                    .start()) {
                proxy.awaitOutput("User-Agent: probe/", Machine.SOON);
                proxy.awaitOutput("User-Agent: probe/" + pid(cgroup), Machine.SOON);
            }
            assertThat(machine.page("proxied", Internet.SERVER4)).startsWith("web from ");
            proxy.awaitOutput("User-Agent: curl/", Machine.SOON);
        }
    }

    private static String pid(Path cgroup) throws IOException {
        return Files.readString(cgroup.resolve("cgroup.procs")).strip() + "\r\n";
    }

    @Test
    void nobodyIsNamedWhereSeveralProcessesShareACgroup(Lab lab) throws Exception {
        try (var machine = Machine.with(lab, "proxied")) {
            Haproxy.web(machine.internet(), "web", 80);
            var proxy = proxy(machine);
            var _ = machine.apply(policy(true));
            try (var _ = machine.in("proxied", "sleep", "60").start()) {
                assertThat(machine.page("proxied", Internet.SERVER4)).startsWith("web from ");
            }
            assertThat(agents(proxy)).isEmpty();
        }
    }

    @Test
    void nobodyIsNamedUnlessThatIsWanted(Lab lab) throws Exception {
        try (var machine = Machine.with(lab, "proxied")) {
            Haproxy.web(machine.internet(), "web", 80);
            var proxy = proxy(machine);
            var _ = machine.apply(policy(false));
            assertThat(machine.page("proxied", Internet.SERVER4)).startsWith("web from ");
            assertThat(agents(proxy)).isEmpty();
        }
    }

    /** Of requests that are over: the head of each has been printed before its answer. */
    private static List<String> agents(Background proxy) throws Exception {
        var lines = proxy.lines();
        assertThat(lines).anyMatch(line -> line.startsWith("CONNECT " + Internet.SERVER4 + ":80"));
        return lines.stream().filter(line -> line.startsWith("User-Agent")).toList();
    }
}

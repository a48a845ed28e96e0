// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import sluice.testkit.Await;
import sluice.testkit.CgroupSandbox;
import sluice.testkit.Haproxy;
import sluice.testkit.Internet;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;

/** HAProxy as the TPROXY server, curl as the application. */
@KernelTest
class TransparentProxyKernelTest {
    private static final String POLICY = """
            bypass: [127.0.0.0/8, "::1"]
            tproxies:
              relay: {mark: 3000, port: 7893}
            rules:
              - {match: '^/relay$', direct: true}
              - {match: '^/direct$', direct: true}
              - {match: '^/proxied$', tproxy: relay}
              - {match: '^/dropped$', drop: true}
            """;

    @Test
    void eachCgroupGoesWhereItsRuleSays(Lab lab) throws Exception {
        var web = Haproxy.web(lab.internet().namespace(), "web", 80);
        assertThat(web.process().alive()).isTrue();
        try (var cgroups = CgroupSandbox.create("proxy")) {
            for (var name : List.of("relay", "direct", "proxied", "dropped")) {
                cgroups.cgroup(name);
            }
            var relay = Haproxy.tproxy(lab.here(), "relay", 7893, cgroups.root().resolve("relay"));
            try (var daemon = SluiceDaemon.start(lab, cgroups, POLICY)) {
                for (var url : List.of("http://" + Internet.SERVER4 + "/", "http://[" + Internet.SERVER6 + "]/")) {
                    for (var name : List.of("direct", "proxied")) {
                        assertThat(lab.here()
                                        .command("curl", "-sS", "-m", "5", url)
                                        .bornIn(cgroups.root().resolve(name))
                                        .run()
                                        .out())
                                .startsWith("web from ");
                    }
                    assertThat(lab.here()
                                    .command("curl", "-sS", "-m", "0.5", url)
                                    .bornIn(cgroups.root().resolve("dropped"))
                                    .attempt()
                                    .status())
                            .isNotZero();
                }
                Await.until(
                        "two arrivals at the relay",
                        Duration.ofSeconds(5),
                        () -> relay.arrivals().size() == 2);
                assertThat(relay.arrivals().get(0)).endsWith(" to " + Internet.SERVER4 + " 80");
                assertThat(relay.arrivals().get(1)).endsWith(" to " + Internet.SERVER6 + " 80");
                assertThat(daemon.stop()).isZero();
                assertThat(lab.here().run("nft", "list", "ruleset").out()).isBlank();
            }
        }
    }
}

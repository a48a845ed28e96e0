// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sluice.testkit.Internet;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;

/** Fake IPs and proxies of all kinds: the last one of a chain is told the name, and nobody else has to know it. */
@KernelTest
@Timeout(600)
class NamesThroughProxiesKernelTest {
    private static final int HTTP = 8888;
    private static final String SOCKS_PROXY = "type: socks5, server: '" + Internet.OTHER4 + ":" + NameWorld.SOCKS + "'";
    private static final String HTTP_PROXY = "type: http, server: '" + Internet.OTHER4 + ":" + HTTP + "'";

    private static String configuration(Lab lab, String first, String last) {
        return """
                bypass: [127.0.0.0/8, '::1', 192.0.2.0/24, 198.51.100.0/24]
                outbounds:
                  %s
                  last: {%s}
                rules:
                  - {match: '^/proxied', proxy: last}
                dns: {file: %s/fakes, mode: fake-ip}
                """.formatted(
                        first.isEmpty() ? "unused: {type: block}" : "first: {" + first + "}",
                        first.isEmpty() ? last : last + ", via: first",
                        lab.directory());
    }

    @ParameterizedTest
    @CsvSource({"'', http", "socks5, http", "http, socks5", "socks5, socks5"})
    void aNameThatOnlyTheLastProxyKnowsIsReached(String first, String last, Lab lab) throws Exception {
        try (var world = NameWorld.open(lab)) {
            world.startProxy(
                    HTTP,
                    "tinyproxy",
                    "-d",
                    "-c",
                    lab.file("tinyproxy.cfg", """
                            Port %d
                            Listen %s
                            Bind %s
                            """.formatted(HTTP, Internet.OTHER4, Internet.OTHER4))
                            .toString());
            var daemon = world.machine().apply(configuration(lab, proxy(first), proxy(last)));
            var toSocks = world.machine().internet().count("iifname machine tcp dport " + NameWorld.SOCKS);
            var toHttp = world.machine().internet().count("iifname machine tcp dport " + HTTP);
            var escaped = world.escaped();
            for (var family : new String[] {"-4", "-6"}) {
                assertThat(world.in("proxied", "curl", family, "-sS", "-m", "20", "http://" + NameWorld.HIDDEN + "/")
                                .run()
                                .out())
                        .startsWith("web from " + Internet.OTHER4 + " ");
            }
            var way = first.isEmpty() ? "last" : "last>first";
            daemon.awaitLog(" host=" + NameWorld.HIDDEN + " target=last outbound=" + way + " ", Machine.SOON);
            // The machine itself connects to the first one only.
            var connectedTo = first.isEmpty() ? last : first;
            assertThat(toSocks.packets() > 0).isEqualTo(connectedTo.equals("socks5"));
            assertThat(toHttp.packets() > 0).isEqualTo(connectedTo.equals("http"));
            assertThat(escaped.packets()).isZero();
        }
    }

    private static String proxy(String type) {
        return switch (type) {
            case "socks5" -> SOCKS_PROXY;
            case "http" -> HTTP_PROXY;
            default -> "";
        };
    }
}

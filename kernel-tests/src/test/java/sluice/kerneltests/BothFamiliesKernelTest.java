// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import sluice.testkit.Internet;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;
import sluice.testkit.Transport;

/** A host with addresses of both families, of which only one can be reached. */
@KernelTest
@Timeout(300)
class BothFamiliesKernelTest {
    private static final String HOST = "both.example";
    private static final int DNS_PORT = 5353;
    private static final String REFUSAL = "reject with tcp reset";

    private static NameWorld world;

    @BeforeAll
    static void start(Lab lab) throws Exception {
        world = NameWorld.open(lab);
        var internet = world.machine().internet();
        internet.command(
                        "dnsmasq",
                        "--keep-in-foreground",
                        "--conf-file=/dev/null",
                        "--no-resolv",
                        "--no-hosts",
                        "--user=root",
                        "--pid-file=" + lab.directory().resolve("both.pid"),
                        "--bind-interfaces",
                        "--except-interface=none",
                        "--port=" + DNS_PORT,
                        "--listen-address=" + Internet.OTHER4,
                        "--host-record=" + HOST + "," + Internet.SERVER4 + "," + Internet.SERVER6)
                .start();
        internet.awaitListener(Transport.UDP, DNS_PORT, Machine.SOON);
        internet.script("nft add table inet half");
    }

    @AfterAll
    static void stop() throws IOException {
        world.close();
    }

    /** Has connections to the web server fail like this, where the destination is this. */
    private static void fail(String destination, String verdict) throws IOException {
        world.machine().internet().script("""
                nft -f - <<'RULES'
                flush table inet half
                table inet half {
                    chain input {
                        type filter hook input priority 0
                        %s tcp dport 80 %s
                    }
                }
                RULES
                """.formatted(destination, verdict));
    }

    private static void apply(String mode, String outbound) throws IOException {
        world.machine().apply("""
                bypass: [127.0.0.0/8, '::1', 192.0.2.0/24, 198.51.100.0/24]
                outbounds: {office: {type: socks5, server: '%1$s:%2$d', names: local}}
                rules: [{match: '^/proxied', proxy: %3$s}]
                dns: {file: %4$s/fakes, mode: %5$s, servers: ['udp://%1$s:%6$d']}
                """.formatted(
                        Internet.OTHER4, NameWorld.SOCKS, outbound, world.lab().directory(), mode, DNS_PORT));
    }

    private static String page(String family) throws IOException {
        return world.in("proxied", "curl", family, "-sS", "-m", "20", "http://" + HOST + "/")
                .run()
                .out();
    }

    @ParameterizedTest
    @CsvSource({"real, drop", "real, " + REFUSAL, "fake-ip, drop", "fake-ip, " + REFUSAL})
    void withoutAProxyTheOtherFamilyIsUsed(String mode, String verdict) throws Exception {
        apply(mode, "direct");
        fail("ip6 daddr " + Internet.SERVER6, verdict);
        for (var family : new String[] {"-4", "-6", "-s"}) {
            assertThat(page(family)).as(family).startsWith("web from " + Internet.MACHINE4 + " ");
        }
        fail("ip daddr " + Internet.SERVER4, verdict);
        for (var family : new String[] {"-4", "-6", "-s"}) {
            assertThat(page(family)).as(family).startsWith("web from " + Internet.MACHINE6 + " ");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"-4", "-6", "-s"})
    void aProxyThatDoesNotReachIpv6IsToldTheIpv4Address(String family) throws Exception {
        apply("real", "office");
        fail("ip6 daddr " + Internet.SERVER6, REFUSAL);
        assertThat(page(family)).startsWith("web from " + Internet.OTHER4 + " ");
    }
}

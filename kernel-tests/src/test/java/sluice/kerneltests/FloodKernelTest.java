// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import sluice.testkit.Answer;
import sluice.testkit.Await;
import sluice.testkit.Dnsmasq;
import sluice.testkit.Flood;
import sluice.testkit.Haproxy;
import sluice.testkit.Internet;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;
import sluice.testkit.Scale;
import sluice.testkit.Transport;

/** One application asks for far more than its share: what another one asks for meanwhile is served all the same. */
@KernelTest
class FloodKernelTest {
    /** How many a flood has asked for when the other application begins to ask. */
    private static final int COUNT = Scale.of(20_000, 100_000);
    /** Longer than the other application asks. */
    private static final int SECONDS = 300;

    private static final int ECHO = 4000;
    private static final int ENDLESS = 4001;
    private static final int SILENT = 4444;
    private static final int FIRST_OF_MANY = 10_000;
    private static final int ROUNDS = 3;
    private static final String RULES = """
            bypass: [127.0.0.0/8, '::1']
            rules: [{match: '^/(flood|modest)$', proxy: direct}]
            """;
    private static final String REAL = "dns: {mode: real, servers: ['udp://%s']}\n".formatted(Internet.OTHER4);

    @Test
    void namesThatAreLookedUp(Lab lab) throws Exception {
        othersAreServedWhile(lab, "names", Internet.SERVER4, 53, REAL);
    }

    @Test
    void namesThatGetFakeAddresses(Lab lab) throws Exception {
        var fakes = "dns: {mode: fake-ip, file: %s/fakes, servers: ['udp://%s']}\n"
                .formatted(lab.directory(), Internet.OTHER4);
        othersAreServedWhile(lab, "names", Internet.SERVER4, 53, fakes);
    }

    @Test
    void datagramsToManyPeers(Lab lab) throws Exception {
        othersAreServedWhile(lab, "datagrams", Internet.SERVER4, FIRST_OF_MANY, REAL);
    }

    @Test
    void connectionsThatSayNothing(Lab lab) throws Exception {
        othersAreServedWhile(lab, "connections", Internet.SERVER4, SILENT, REAL);
    }

    @Test
    void connectionsOfWhichNothingIsRead(Lab lab) throws Exception {
        othersAreServedWhile(lab, "readers", Internet.SERVER4, ENDLESS, REAL);
    }

    private static void othersAreServedWhile(Lab lab, String kind, String address, int port, String dns)
            throws Exception {
        try (var machine = Machine.with(lab, "flood", "modest")) {
            serve(machine);
            var daemon = machine.apply(RULES + dns);
            try (var flood = Flood.command(lab.here(), kind, address, port, COUNT, SECONDS)
                    .bornIn(machine.cgroup("flood"))
                    .start()) {
                flood.awaitOutput("full\n", Await.SOON);
                for (int round = 0; round < ROUNDS; round++) {
                    assertServed(machine, "round-" + round + ".web.example");
                }
                assertThat(flood.alive())
                        .as("the flood lasted as long: " + flood.err())
                        .isTrue();
            }
            assertThat(daemon.alive()).isTrue();
            assertThat(daemon.log()).doesNotContain("the daemon ends", "is a defect of Sluice");
        }
    }

    private static void serve(Machine machine) throws IOException {
        var internet = machine.internet();
        Haproxy.web(internet, "web", 80);
        Answer.start(internet, "echo", Transport.UDP, ECHO);
        Dnsmasq.start(internet, List.of(Internet.OTHER4), 53, Map.of("example", Internet.SERVER4), null);
        Flood.endlessServer(internet, Internet.SERVER4, ENDLESS);
        internet.command("nft", "-f", "-").input("""
                table inet hole {
                    chain arriving {
                        type filter hook prerouting priority raw;
                        tcp dport %d drop
                    }
                }
                """.formatted(SILENT)).run();
    }

    /** As an ordinary application asks: dig and curl with their own settings. */
    private static void assertServed(Machine machine, String name) throws IOException {
        // What dig says of a query that it had to repeat is a line beginning with a semicolon.
        var found = machine.in("modest", "dig", "+short", "@" + Internet.SERVER4, name)
                .run();
        assertThat(found.out()).as("address of " + name).containsPattern("(?m)^[0-9.]+$");
        assertThat(machine.page("modest", Internet.SERVER4)).startsWith("web from ");
        assertThat(echo(machine)).contains("echo from ");
    }

    private static String echo(Machine machine) throws IOException {
        try (var client = machine.datagrams("modest", 1000, 60, Internet.SERVER4, Integer.toString(ECHO))
                .start()) {
            client.awaitOutput("reply from ", Await.SOON);
            return client.out();
        }
    }
}

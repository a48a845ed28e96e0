// SPDX-License-Identifier: Apache-2.0
package sluice.dns;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** With fake IPs: names that are answered as the servers answer them. */
class AsUpstreamTest {
    private static final int NXDOMAIN = 3;
    private static final int SERVFAIL = 2;

    @TempDir
    Path directory;

    /** Knows hosts that are called www, with an IPv4 address only. */
    private static TestServer server() throws Exception {
        return new TestServer(query -> {
            String name = TestServer.name(query);
            return List.of(
                    name.startsWith("www.") || name.indexOf('.') < 0
                            ? TestServer.addressesFor(query, 60, "192.0.2.80")
                            : Messages.answer(query, NXDOMAIN, List.of(), List.of(Messages.authority(60, 60))));
        });
    }

    private World world(TestServer server, String more) {
        return new World(
                directory,
                "{mode: fake-ip, servers: ['" + server.settings("udp").uri() + "']" + more + "}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "use-application-dns.net",
                "ipv4only.arpa",
                "printer.local",
                "nas.home.arpa",
                "router.lan",
                "_dns.resolver.arpa",
                "mask.icloud.com",
                "detectportal.firefox.com",
                "2.debian.pool.ntp.org",
                "FRITZ.box"
            })
    void namesThatMeanSomethingToThisNetworkAreNeverMadeUp(String name) throws Exception {
        try (var server = server();
                var world = world(server, "")) {
            assertThat(world.ask(name, "A").rcode()).isEqualTo(NXDOMAIN);
            assertThat(world.ask(name, "AAAA").rcode()).isEqualTo(NXDOMAIN);
            assertThat(server.queries()).isEqualTo(2);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"www.local", "www.home.arpa", "www.lan", "www.pool.ntp.org", "nas", "test", "local"})
    void theyHaveTheAddressesThatTheServersGive(String name) throws Exception {
        try (var server = server();
                var world = world(server, "")) {
            assertThat(world.ask(name, "A").addresses()).containsExactly("192.0.2.80");
        }
    }

    @Test
    void aRuleThatAsksForMadeUpAddressesByNameKnowsBetter() throws Exception {
        try (var server = server();
                var world =
                        world(server, ", verify: true, rules: [{domain: ['*.corp', no.example], answer: fake-ip}]")) {
            assertThat(world.ask("git.corp", "A").addresses().getFirst()).startsWith("198.18.");
            assertThat(world.ask("no.example", "A").addresses().getFirst()).startsWith("198.18.");
            assertThat(server.queries()).isZero();
        }
    }

    @Test
    void noServerSeesNamesUnlessTheConfigurationSaysSo() throws Exception {
        try (var server = server();
                var world = world(server, "")) {
            assertThat(world.ask("no.example", "A").addresses().getFirst()).startsWith("198.18.");
            assertThat(server.queries()).isZero();
        }
    }

    @Test
    void verifiedNamesAreMadeUpOnlyWhereTheServersKnowThem() throws Exception {
        try (var server = server();
                var world = world(server, ", verify: true")) {
            assertThat(world.ask("www.example", "A").addresses().getFirst()).startsWith("198.18.");
            var empty = world.ask("www.example", "AAAA");
            assertThat(empty.rcode()).isZero();
            assertThat(empty.records()).isEmpty();
            for (String type : List.of("A", "AAAA", "HTTPS")) {
                assertThat(world.ask("no.example", type).rcode()).as(type).isEqualTo(NXDOMAIN);
            }
            int asked = server.queries();
            assertThat(world.ask("www.example", "A").addresses().getFirst()).startsWith("198.18.");
            assertThat(world.ask("no.example", "A").rcode()).isEqualTo(NXDOMAIN);
            assertThat(server.queries()).isEqualTo(asked);
        }
    }

    @Test
    void aFailureOfTheServersSaysNothingAboutTheName() throws Exception {
        try (var server = new TestServer(query -> List.of(Messages.answer(query, SERVFAIL, List.of(), List.of())));
                var world = world(server, ", verify: true")) {
            assertThat(world.ask("www.example", "A").addresses().getFirst()).startsWith("198.18.");
        }
    }

    @Test
    void namesThatResolversMakeWithASearchDomainAreMadeUpOnlyWhereTheServersKnowThem() throws Exception {
        Files.writeString(directory.resolve("resolv.conf"), "domain old.example\nsearch Corp.example. com\n");
        try (var server = server();
                var world = world(server, "")) {
            assertThat(world.ask("printer.corp.example", "A").rcode()).isEqualTo(NXDOMAIN);
            assertThat(world.ask("www.corp.example", "A").addresses().getFirst())
                    .startsWith("198.18.");
            assertThat(server.queries()).isEqualTo(2);
            for (String other : List.of("a.b.corp.example", "printer.com", "printer.old.example", "corp.example")) {
                assertThat(world.ask(other, "A").addresses().getFirst())
                        .as(other)
                        .startsWith("198.18.");
            }
            assertThat(server.queries()).isEqualTo(2);
        }
    }

    @Test
    void itIsExplainedWhyANameIsNotMadeUp() throws Exception {
        try (var server = server();
                var world = world(server, ", verify: true")) {
            assertThat(world.dns().explain("ipv4only.arpa", "A", null).reason())
                    .isEqualTo("dns.mode; the name is one of those that never get a fake IP");
            var verified = world.dns().explain("www.example", "A", null);
            assertThat(verified.kind()).isEqualTo(Explanation.Kind.FAKE);
            assertThat(verified.reason())
                    .isEqualTo("dns.mode; only if the servers know the name (dns.verify, or a search domain)");
        }
    }
}

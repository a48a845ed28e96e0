// SPDX-License-Identifier: Apache-2.0
package sluice.dns;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.spi.InetAddressResolverProvider;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sluice.dns.NameService.Meaning;

/** What is answered without asking anybody, and what is forwarded all the same. */
class AnsweringTest {
    private static final World.Client UDP = new World.Client(null, false);
    private static final int NXDOMAIN = 3;

    @TempDir
    Path directory;

    private World fakes(TestServer server) {
        return new World(
                directory,
                "{mode: fake-ip, fake-ttl: 30s, servers: ['"
                        + server.settings("udp").uri() + "']}");
    }

    @Test
    void addressesAreMadeUpAndBothFamiliesStandForTheName() throws Exception {
        try (var server = TestServer.of(60, "192.0.2.80");
                var world = fakes(server)) {
            var ipv4 = world.ask("WWW.example.org", "A");
            assertThat(ipv4.records())
                    .singleElement()
                    .extracting(Messages.Found::ttl)
                    .isEqualTo(30);
            assertThat(ipv4.addresses().getFirst()).startsWith("198.18.");
            var ipv6 = world.ask("www.Example.org", "AAAA");
            assertThat(ipv6.addresses().getFirst()).startsWith("fd00:5315:");
            assertThat(world.ask("www.example.org", "A").addresses()).isEqualTo(ipv4.addresses());
            for (var answer : List.of(ipv4, ipv6)) {
                var meaning = world.dns()
                        .meaning(InetAddress.ofLiteral(answer.addresses().getFirst()));
                assertThat(meaning).isInstanceOfSatisfying(Meaning.Fake.class, fake -> {
                    assertThat(fake.name()).isEqualTo("www.example.org");
                    fake.lease().close();
                });
            }
            assertThat(server.queries()).isZero();
            assertThat(world.dns().meaning(InetAddress.ofLiteral("198.18.99.99")))
                    .isSameAs(Meaning.FORGOTTEN);
            assertThat(world.dns().meaning(InetAddress.ofLiteral("192.0.2.80"))).isSameAs(Meaning.ADDRESS);
        }
    }

    @Test
    void aMadeUpAddressHasItsNameAndAForgottenOneNone() throws Exception {
        try (var server = TestServer.of(60);
                var world = fakes(server)) {
            var address = world.ask("www.example.org", "A").addresses().getFirst();
            var address6 = world.ask("www.example.org", "AAAA").addresses().getFirst();
            for (String made : List.of(address, address6)) {
                var answer = world.ask(reverse(made), "PTR");
                assertThat(answer.rcode()).isZero();
                assertThat(sluice.dns.message.Names.text(
                                answer.records().getFirst().data(), 0))
                        .isEqualTo("www.example.org");
            }
            assertThat(world.ask(reverse("198.18.77.77"), "PTR").rcode()).isEqualTo(NXDOMAIN);
            assertThat(server.queries()).isZero();
        }
    }

    @Test
    void aNameOfFewerDigitsIsNoAddressOfIpv6() throws Exception {
        try (var server = TestServer.of(60);
                var world = fakes(server)) {
            assertThat(world.ask("www.example.org", "A").addresses()).containsExactly("198.18.0.1");
            assertThat(world.ask("1.0.0.0.2.1.6.c.ip6.arpa", "PTR").records()).isEmpty();
            assertThat(server.queries()).isOne();
        }
    }

    private static String reverse(String literal) {
        byte[] bytes = InetAddress.ofLiteral(literal).getAddress();
        var name = new StringBuilder();
        for (int i = bytes.length - 1; i >= 0; i--) {
            int value = bytes[i] & 0xff;
            name.append(
                    bytes.length == 4
                            ? value + "."
                            : Integer.toHexString(value & 15) + "." + Integer.toHexString(value >> 4) + ".");
        }
        return name + (bytes.length == 4 ? "in-addr.arpa" : "ip6.arpa");
    }

    @ParameterizedTest
    @ValueSource(strings = {"MX", "TXT", "TYPE4711", "NS", "SRV"})
    void otherTypesAreForwardedByteByByte(String type) throws Exception {
        byte[] data = {9, 8, 7, 6, 5, 4, 3};
        try (var server = new TestServer(query -> {
                    int number = (query[Messages.questionEnd(query) - 4] & 0xff) << 8
                            | (query[Messages.questionEnd(query) - 3] & 0xff);
                    return List.of(Messages.answer(
                            query, 0, List.of(Messages.record(number, 60, known(type, data))), List.of()));
                });
                var world = fakes(server)) {
            var answer = world.ask("www.example.org", type);
            assertThat(answer.records())
                    .singleElement()
                    .satisfies(record -> assertThat(record.data()).isEqualTo(known(type, data)));
            assertThat(server.queries()).isOne();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"HTTPS", "SVCB", "ANY"})
    void whatWouldShowTrueAddressesIsNotThereForMadeUpNamesOnly(String type) throws Exception {
        byte[] data = {0, 1, 0};
        try (var server = new TestServer(query ->
                        List.of(Messages.answer(query, 0, List.of(Messages.record(65, 60, data)), List.of())));
                var world = new World(
                        directory,
                        "{mode: fake-ip, servers: ['" + server.settings("udp").uri()
                                + "'], rules: [{domain: real.example, answer: real}]}")) {
            var answer = world.ask("www.example.org", type);
            assertThat(answer.rcode()).isZero();
            assertThat(answer.records()).isEmpty();
            assertThat(world.dns().explain("www.example.org", type, null).kind())
                    .isEqualTo(Explanation.Kind.EMPTY);
            assertThat(server.queries()).isZero();
            assertThat(world.ask("real.example", type).records()).hasSize(1);
        }
    }

    /** Names in records that have some must be names. */
    private static byte[] known(String type, byte[] data) {
        return switch (type) {
            case "MX" -> new byte[] {0, 10, (byte) 0xc0, 12};
            case "NS" -> new byte[] {2, 'n', 's', (byte) 0xc0, 12};
            case "SRV" -> new byte[] {0, 1, 0, 2, 0, 3, 1, 'a', 0};
            default -> data;
        };
    }

    @Test
    void dnssecAndItsFlagsPassBothWays() throws Exception {
        try (var server = new TestServer(query -> List.of(Messages.answer(
                        query, 0x81b0, List.of(Messages.record(46, 60, new byte[40])), List.of(), List.of(new byte[] {
                            0, 0, 41, 4, (byte) 0xd0, 0, 0, (byte) 0x80, 0, 0, 0
                        }))));
                var world = fakes(server)) {
            // CD, AD and DO.
            var answer = world.ask(UDP, Messages.query(5, 0x0130, "www.example.org", "TXT", 1400, 0x8000));
            byte[] asked = server.overUdp().getFirst();
            assertThat(asked[3]).isEqualTo((byte) 0x30);
            assertThat(Messages.read(asked).opt()).isNotNull().satisfies(opt -> {
                assertThat(opt.ttl()).isEqualTo(0x8000);
                assertThat(opt.dnsClass()).isEqualTo(1232);
            });
            assertThat(answer.flags()).isEqualTo(0x81b0);
            assertThat(answer.opt())
                    .isNotNull()
                    .satisfies(opt -> assertThat(opt.ttl()).isEqualTo(0x8000));
            // Without DO it is another question.
            world.ask(UDP, Messages.query(6, 0x0100, "www.example.org", "TXT", -1, 0));
            assertThat(server.queries()).isEqualTo(2);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "x.invalid",
                "hidden.onion",
                "a.test",
                "1.0.168.192.in-addr.arpa",
                "1.2.3.10.in-addr.arpa",
                "5.20.172.in-addr.arpa",
                "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.e.f.ip6.arpa"
            })
    void specialNamesNeverLeave(String name) throws Exception {
        try (var server = TestServer.of(60, "192.0.2.80");
                var world = fakes(server)) {
            for (String type : List.of("A", "AAAA", "PTR", "HTTPS")) {
                assertThat(world.ask(name, type).rcode()).as(type).isEqualTo(NXDOMAIN);
            }
            assertThat(server.queries()).isZero();
            assertThat(world.count(DnsCounter.SPECIAL)).isEqualTo(4);
        }
    }

    @Test
    void localhostIsThisMachine() throws Exception {
        try (var server = TestServer.of(60, "192.0.2.80");
                var world = fakes(server)) {
            assertThat(world.ask("localhost", "A").addresses()).containsExactly("127.0.0.1");
            assertThat(world.ask("db.LocalHost", "AAAA").addresses()).containsExactly("0:0:0:0:0:0:0:1");
            var mail = world.ask("localhost", "MX");
            assertThat(mail.rcode()).isZero();
            assertThat(mail.records()).isEmpty();
            assertThat(server.queries()).isZero();
        }
    }

    @Test
    void aSingleLabelIsNeverMadeUp() throws Exception {
        try (var server = TestServer.of(60, "192.0.2.80");
                var world = fakes(server)) {
            assertThat(world.ask("intranet", "A").addresses()).containsExactly("192.0.2.80");
        }
    }

    @Test
    void aNameThatNoHostHasIsNeverMadeUp() throws Exception {
        try (var server = TestServer.of(60, "192.0.2.80");
                var world = fakes(server)) {
            assertThat(world.ask("a b.example.org", "A").addresses()).containsExactly("192.0.2.80");
        }
    }

    @Test
    void malformedQueriesGetFormerr() throws Exception {
        try (var server = TestServer.of(60);
                var world = fakes(server)) {
            byte[] good = Messages.query(7, "www.example.org", "A");
            byte[] two = good.clone();
            two[5] = 2;
            byte[] pointer = good.clone();
            pointer[12] = (byte) 0xc0;
            for (byte[] bad : List.of(
                    two,
                    pointer,
                    Arrays.copyOf(good, good.length - 3),
                    Arrays.copyOf(good, good.length + 1),
                    Arrays.copyOf(good, 12))) {
                var answer = world.ask(UDP, bad);
                assertThat(answer.rcode()).isOne();
                assertThat(answer.id()).isEqualTo(7);
            }
            assertThat(world.count(DnsCounter.MALFORMED)).isEqualTo(5);
        }
    }

    @Test
    void otherOpcodesTransfersAndVersionsOfEdnsAreNotKnown() throws Exception {
        try (var server = TestServer.of(60);
                var world = fakes(server)) {
            assertThat(world.ask(UDP, Messages.query(7, 0x2000, "example.org", "A", -1, 0))
                            .rcode())
                    .isEqualTo(4);
            assertThat(world.ask("example.org", "AXFR").rcode()).isEqualTo(4);
            var version = world.ask(UDP, Messages.query(7, 0x0100, "example.org", "A", 1232, 1 << 16));
            // BADVERS is 16: the upper bits are in EDNS.
            assertThat(version.rcode()).isZero();
            assertThat(version.opt())
                    .isNotNull()
                    .satisfies(opt -> assertThat(opt.ttl() >>> 24).isOne());
            assertThat(world.count(DnsCounter.NOT_SUPPORTED)).isEqualTo(3);
        }
    }

    @Test
    void responsesAndRuntsGetNothing() throws Exception {
        try (var server = TestServer.of(60);
                var world = fakes(server)) {
            byte[] response = Messages.query(7, 0x8100, "example.org", "A", -1, 0);
            for (byte[] message : List.of(response, new byte[0], new byte[11])) {
                var answer = world.dns().answer(UDP, ByteBuffer.wrap(message), _ -> {
                    throw new AssertionError("an answer");
                });
                assertThat(answer).isNull();
            }
            assertThat(world.count(DnsCounter.IGNORED)).isEqualTo(3);
        }
    }

    @Test
    void madeUpAddressesStayWhenTheConfigurationChanges() throws Exception {
        try (var server = TestServer.of(60, "192.0.2.80");
                var world = fakes(server)) {
            var before = world.ask("www.example.org", "A").addresses();
            String servers = "servers: ['" + server.settings("udp").uri() + "']";
            world.apply("{mode: real, " + servers + "}", "[]");
            assertThat(world.ask("www.example.org", "A").addresses()).containsExactly("192.0.2.80");
            assertThat(world.dns().meaning(InetAddress.ofLiteral(before.getFirst())))
                    .isInstanceOf(Meaning.Fake.class);
            world.apply("{mode: fake-ip, " + servers + "}", "[]");
            assertThat(world.ask("www.example.org", "A").addresses()).isEqualTo(before);
        }
    }

    @Test
    void anotherPoolForgetsTheNamesAndSaysSo() throws Exception {
        try (var server = TestServer.of(60);
                var world = fakes(server)) {
            var before = world.ask("www.example.org", "A").addresses();
            world.apply("{mode: fake-ip, ipv4: 198.51.100.0/24}", "[]");
            assertThat(world.ears.forgotten).containsExactly(1);
            assertThat(world.ask("www.example.org", "A").addresses().getFirst()).startsWith("198.51.100.");
            assertThat(world.dns().meaning(InetAddress.ofLiteral(before.getFirst())))
                    .isSameAs(Meaning.ADDRESS);
        }
    }

    @Test
    void nothingThatWeBringTakesOverTheMachinesOwnLookups() {
        assertThat(ServiceLoader.load(InetAddressResolverProvider.class)).isEmpty();
    }
}

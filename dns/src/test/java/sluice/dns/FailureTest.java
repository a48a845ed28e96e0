// SPDX-License-Identifier: Apache-2.0
package sluice.dns;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sluice.testkit.Await;

/** What is answered when servers do not answer, or say no. */
class FailureTest {
    private static final World.Client UDP = new World.Client(null, false);
    private static final byte[] QUERY = Messages.query(7, 0x100, "www.example.org", "A", 1232, 0);
    private static final int SERVFAIL = 2;
    private static final int NXDOMAIN = 3;

    @TempDir
    Path directory;

    private World real(String more, TestServer... servers) {
        var uris = java.util.Arrays.stream(servers)
                .map(server -> "'" + server.settings("udp").uri() + "'")
                .toList();
        return new World(directory, "{mode: real, servers: " + uris + more + "}");
    }

    @Test
    void withoutAnswerItIsServfailAndNobodyIsAskedAgainAtOnce() throws Exception {
        try (var server = TestServer.of(60);
                var world = real("", server)) {
            server.beSilent();
            var answer = world.ask(UDP, QUERY);
            assertThat(answer.rcode()).isEqualTo(SERVFAIL);
            assertThat(answer.extendedError()).isEqualTo(22);
            int asked = server.queries();
            assertThat(world.ask(UDP, QUERY).rcode()).isEqualTo(SERVFAIL);
            assertThat(server.queries()).isEqualTo(asked);
            assertThat(world.count(DnsCounter.FAILED)).isOne();
        }
    }

    @Test
    void whyNobodyAnswersIsSaidToThoseWhoAskAndOnceToPeople() throws Exception {
        try (var server = TestServer.of(0, "192.0.2.80");
                var world = real("", server)) {
            String uri = server.settings("udp").uri().toString();
            String reason = uri + ": the certificate has expired";
            world.network.fail("the certificate has expired");
            var answer = world.ask(UDP, QUERY);
            assertThat(answer.extendedError()).isEqualTo(22);
            assertThat(answer.opt())
                    .isNotNull()
                    .satisfies(opt -> assertThat(new String(opt.data(), UTF_8)).endsWith(reason));
            assertThatThrownBy(() -> world.dns().resolve(null, "www.example.org", World.LIMIT))
                    .hasMessage("look up www.example.org: no server answered: " + reason);
            world.clock.addAndGet(6);
            world.ask(UDP, QUERY);
            assertThat(world.ears.servers).containsExactly(uri + " failed: the certificate has expired");

            world.network.fail("");
            world.clock.addAndGet(6);
            assertThat(world.ask(UDP, QUERY).addresses()).containsExactly("192.0.2.80");
            assertThat(world.ears.servers).hasSize(2).last().isEqualTo(uri + " answers");
            // It answered just now.
            world.network.fail("no answer to this one");
            world.ask(UDP, QUERY);
            assertThat(world.ears.servers).hasSize(2);
        }
    }

    @Test
    void anOldAnswerIsBetterThanNone() throws Exception {
        try (var server = TestServer.of(60, "192.0.2.80");
                var world = real(", stale: 1h", server)) {
            world.ask(UDP, QUERY);
            world.clock.addAndGet(600);
            server.beSilent();
            var stale = world.ask(UDP, QUERY);
            assertThat(stale.addresses()).containsExactly("192.0.2.80");
            assertThat(stale.records().getFirst().ttl()).isEqualTo(30);
            assertThat(stale.extendedError()).isEqualTo(3);
            assertThat(world.count(DnsCounter.STALE)).isOne();
        }
    }

    @Test
    void anAnswerThatMustNotBeKeptReplacesTheOldOneAllTheSame() throws Exception {
        try (var server = TestServer.of(60, "192.0.2.80");
                var world = real("", server)) {
            world.ask(UDP, QUERY);
            world.clock.addAndGet(600);
            server.answerUdp(query -> List.of(TestServer.addressesFor(query, 0, "192.0.2.81")));
            for (int i = 2; i <= 5; i++) {
                var answer = world.ask(UDP, QUERY);
                assertThat(answer.addresses()).containsExactly("192.0.2.81");
                assertThat(answer.extendedError()).isEqualTo(-1);
                assertThat(server.queries()).isEqualTo(i);
            }
        }
    }

    @Test
    void aNameThatIsGoneHasNoOldAnswer() throws Exception {
        try (var server = TestServer.of(60, "192.0.2.80");
                var world = real("", server)) {
            world.ask(UDP, QUERY);
            world.clock.addAndGet(600);
            server.answerUdp(query -> List.of(Messages.answer(query, NXDOMAIN, List.of(), List.of())));
            assertThat(world.ask(UDP, QUERY).rcode()).isEqualTo(NXDOMAIN);
            assertThat(world.ask(UDP, QUERY).rcode()).isEqualTo(NXDOMAIN);
        }
    }

    @Test
    void whenTooMuchIsUnderWayAnOldAnswerIsBetterThanNone() throws Exception {
        try (var server = TestServer.of(60, "192.0.2.80");
                var world = real("", server)) {
            world.ask(UDP, QUERY);
            world.clock.addAndGet(600);
            server.beSilent();
            for (int i = 0; i < 3000; i++) {
                var _ = world.send(UDP, Messages.query(i, "host-" + i + ".example", "A"));
            }
            assertThat(world.count(DnsCounter.OVER_LIMIT)).isPositive();
            for (int i = 0; i < 2; i++) {
                assertThat(world.ask(UDP, QUERY).addresses()).containsExactly("192.0.2.80");
            }
        }
    }

    @Test
    void anAnswerThatIsTooOldIsNotGiven() throws Exception {
        try (var server = TestServer.of(60, "192.0.2.80");
                var world = real(", stale: 1h", server)) {
            world.ask(UDP, QUERY);
            world.clock.addAndGet(60 + 3600);
            server.answerUdp(query -> List.of(Messages.answer(query, SERVFAIL, List.of(), List.of())));
            assertThat(world.ask(UDP, QUERY).rcode()).isEqualTo(SERVFAIL);
        }
    }

    @Test
    void inOrderTheNextServerIsAskedOnlyWhenTheFirstFails() throws Exception {
        try (var first = TestServer.of(0, "192.0.2.1");
                var second = TestServer.of(0, "192.0.2.2");
                var world = real("", first, second)) {
            assertThat(world.ask(UDP, QUERY).addresses()).containsExactly("192.0.2.1");
            assertThat(second.queries()).isZero();
            first.answerUdp(query -> List.of(Messages.answer(query, 5, List.of(), List.of())));
            assertThat(world.ask(UDP, QUERY).addresses()).containsExactly("192.0.2.2");
            first.beSilent();
            assertThat(world.ask(UDP, QUERY).addresses()).containsExactly("192.0.2.2");
            int asked = first.queries();
            // It is down: not asked for a while.
            assertThat(world.ask(UDP, QUERY).addresses()).containsExactly("192.0.2.2");
            assertThat(first.queries()).isEqualTo(asked);
        }
    }

    @Test
    void inParallelTheFirstAnswerCounts() throws Exception {
        try (var first = TestServer.of(0);
                var second = TestServer.of(0, "192.0.2.2");
                var world = real(", strategy: parallel", first, second)) {
            first.beSilent();
            assertThat(world.ask(UDP, QUERY).addresses()).containsExactly("192.0.2.2");
            Await.until("a query to the first one", World.LIMIT, () -> first.queries() > 0);
        }
    }

    @Test
    void thatThereIsNoNameIsRememberedAsLongAsTheZoneSays() throws Exception {
        try (var server = new TestServer(query ->
                        List.of(Messages.answer(query, NXDOMAIN, List.of(), List.of(Messages.authority(300, 60)))));
                var world = real("", server)) {
            assertThat(world.ask(UDP, QUERY).rcode()).isEqualTo(NXDOMAIN);
            world.clock.addAndGet(50);
            assertThat(world.ask(UDP, QUERY).rcode()).isEqualTo(NXDOMAIN);
            assertThat(server.queries()).isOne();
            world.clock.addAndGet(11);
            world.ask(UDP, QUERY);
            assertThat(server.queries()).isEqualTo(2);
        }
    }

    @Test
    void anAliasOfNothingIsRememberedAsLongAsTheZoneSays() throws Exception {
        byte[] alias = Messages.record(Messages.CNAME, 86_400, new byte[] {1, 'a', (byte) 0xc0, 12});
        try (var server = new TestServer(query ->
                        List.of(Messages.answer(query, 0, List.of(alias), List.of(Messages.authority(86_400, 60)))));
                var world = real("", server)) {
            world.ask("www.example.org", "AAAA");
            world.clock.addAndGet(50);
            world.ask("www.example.org", "AAAA");
            assertThat(server.queries()).isOne();
            world.clock.addAndGet(11);
            world.ask("www.example.org", "AAAA");
            assertThat(server.queries()).isEqualTo(2);
            world.ask("www.example.org", "CNAME");
            world.clock.addAndGet(70_000);
            world.ask("www.example.org", "CNAME");
            assertThat(server.queries()).isEqualTo(3);
            server.answerUdp(query -> List.of(Messages.answer(query, 0, List.of(alias), List.of())));
            world.ask("ftp.example.org", "AAAA");
            world.ask("ftp.example.org", "AAAA");
            assertThat(server.queries()).isEqualTo(5);
        }
    }

    @Test
    void withoutStartOfAuthorityNothingIsRememberedOfANegativeAnswer() throws Exception {
        try (var server = TestServer.of(60);
                var world = real("", server)) {
            world.ask(UDP, QUERY);
            world.ask(UDP, QUERY);
            assertThat(server.queries()).isEqualTo(2);
        }
    }

    @Test
    void aServerThatDoesNotKnowEdnsIsAskedWithout() throws Exception {
        try (var server = new TestServer(query -> {
                    boolean edns = query[11] != 0;
                    return List.of(
                            edns
                                    ? Messages.answer(query, 1, List.of(), List.of())
                                    : TestServer.addressesFor(query, 60, "192.0.2.80"));
                });
                var world = real("", server)) {
            assertThat(world.ask(UDP, QUERY).addresses()).containsExactly("192.0.2.80");
        }
    }

    @Test
    void withoutServersInTheConfigurationTheMachinesOwnAreAsked() throws Exception {
        java.nio.file.Files.writeString(directory.resolve("resolv.conf"), """
                # comment
                nameserver 192.0.2.1
                nameserver nonsense
                nameserver 127.0.0.1:5353
                nameserver [2001:db8::1]
                nameserver 127.1
                nameserver fe80::1%1
                nameserver fe80::1%none
                options edns0
                """);
        try (var world = new World(directory, "{mode: real}")) {
            assertThat(world.dns().explain("www.example.org", "A", null).servers())
                    .containsExactly("udp://192.0.2.1", "udp://127.0.0.1", "udp://[fe80::1%1]");
        }
    }

    @Test
    void withoutAnyServerItIsServfail() throws Exception {
        try (var world = new World(directory, "{mode: real}")) {
            assertThat(world.ask(UDP, QUERY).rcode()).isEqualTo(SERVFAIL);
        }
    }
}

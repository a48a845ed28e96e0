// SPDX-License-Identifier: Apache-2.0
package sluice.dns;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sluice.testkit.Await;

/** Queries that servers answer, and what is remembered of it. */
class ForwardingTest {
    private static final World.Client UDP = new World.Client(null, false);
    private static final World.Client TCP = new World.Client(null, true);

    @TempDir
    Path directory;

    private World real(TestServer server) throws Exception {
        return new World(
                directory, "{mode: real, servers: ['" + server.settings("udp").uri() + "']}");
    }

    @Test
    void anAnswerIsPassedOnUnderTheApplicationsIdAndInItsLetters() throws Exception {
        try (var server = TestServer.of(60, "192.0.2.80", "192.0.2.81");
                var world = real(server)) {
            byte[] query = Messages.query(4711, "WwW.Example.org", "A");
            var answer = world.ask(UDP, query);
            assertThat(answer.id()).isEqualTo(4711);
            assertThat(answer.addresses()).containsExactly("192.0.2.80", "192.0.2.81");
            assertThat(answer.question()).isEqualTo(java.util.Arrays.copyOfRange(query, 12, query.length));
            assertThat(answer.opt()).isNull();
        }
    }

    @Test
    void queriesHaveIdsPortsAndLettersThatCannotBeGuessed() throws Exception {
        try (var server = TestServer.of(0, "192.0.2.80");
                var world = real(server)) {
            for (int i = 0; i < 40; i++) {
                world.ask("a-name-with-many-letters.example.org", "A");
            }
            var ids = new HashSet<Integer>();
            var names = new HashSet<String>();
            for (byte[] query : server.overUdp()) {
                ids.add((query[0] & 0xff) << 8 | (query[1] & 0xff));
                names.add(new String(query, 12, query.length - 12, java.nio.charset.StandardCharsets.ISO_8859_1));
            }
            assertThat(server.overUdp()).hasSize(40);
            assertThat(ids).hasSizeGreaterThan(38);
            assertThat(names).hasSizeGreaterThan(38);
            assertThat(server.ports()).isGreaterThan(30);
        }
    }

    @Test
    void aCachedAnswerLosesItsTimeAndThenIsAskedForAgain() throws Exception {
        try (var server = TestServer.of(60, "192.0.2.80");
                var world = real(server)) {
            world.ask("www.example.org", "A");
            world.clock.addAndGet(20);
            var cached = world.ask("www.example.org", "A");
            assertThat(cached.records())
                    .singleElement()
                    .extracting(Messages.Found::ttl)
                    .isEqualTo(40);
            assertThat(server.queries()).isOne();
            world.clock.addAndGet(41);
            assertThat(world.ask("www.example.org", "A").records().getFirst().ttl())
                    .isEqualTo(60);
            assertThat(server.queries()).isEqualTo(2);
            assertThat(world.count(DnsCounter.CACHED)).isOne();
            assertThat(world.count(DnsCounter.FORWARDED)).isEqualTo(2);
        }
    }

    @Test
    void askedByManyAtOnceTheServerIsAskedOnce() throws Exception {
        var free = new CompletableFuture<Boolean>();
        try (var server = new TestServer(query -> {
                    free.join();
                    return List.of(TestServer.addressesFor(query, 60, "192.0.2.80"));
                });
                var world = real(server)) {
            var answers = new java.util.ArrayList<CompletableFuture<byte[]>>();
            for (int i = 0; i < 50; i++) {
                answers.add(world.send(UDP, Messages.query(i, i % 2 == 0 ? "one.example" : "ONE.example", "A")));
            }
            free.complete(true);
            for (int i = 0; i < 50; i++) {
                var answer = Messages.read(answers.get(i).get(World.LIMIT.toSeconds(), TimeUnit.SECONDS));
                assertThat(answer.id()).isEqualTo(i);
                assertThat(answer.addresses()).containsExactly("192.0.2.80");
            }
            assertThat(server.queries()).isOne();
            assertThat(world.count(DnsCounter.JOINED)).isEqualTo(49);
        }
    }

    @Test
    void anAnswerTooLongForTheApplicationIsTruncatedAndComesWholeOverTcp() throws Exception {
        var addresses = java.util.stream.IntStream.range(1, 101)
                .mapToObj(i -> "192.0.2." + i)
                .toArray(String[]::new);
        try (var server = TestServer.of(60, addresses);
                var world = real(server)) {
            server.answerUdp(query -> List.of(Messages.answer(query, 0x8380, List.of(), List.of(), List.of())));
            var plain = world.ask("many.example.org", "A");
            assertThat(plain.truncated()).isTrue();
            assertThat(plain.records()).isEmpty();
            var large = world.ask(UDP, Messages.query(1, 0x100, "many.example.org", "A", 4096, 0));
            assertThat(large.truncated()).isFalse();
            assertThat(large.addresses()).hasSize(100);
            var over = world.ask(TCP, Messages.query(1, "many.example.org", "A"));
            assertThat(over.addresses()).hasSize(100);
            assertThat(server.overTcp()).isNotEmpty();
        }
    }

    @Test
    void whereNoUdpGetsThroughTheServerIsAskedOverTcp() throws Exception {
        try (var server = TestServer.of(60, "192.0.2.80");
                var world = real(server)) {
            world.network.refuseUdp();
            assertThat(world.ask("www.example.org", "A").addresses()).containsExactly("192.0.2.80");
            assertThat(server.overUdp()).isEmpty();
        }
    }

    @Test
    void connectionsAreKeptAndCarryManyQueriesAtOnce() throws Exception {
        try (var server = TestServer.of(60, "192.0.2.80");
                var world = new World(
                        directory,
                        "{mode: real, servers: ['" + server.settings("tcp").uri() + "']}")) {
            var answers = new java.util.ArrayList<CompletableFuture<byte[]>>();
            for (int i = 0; i < 100; i++) {
                answers.add(world.send(UDP, Messages.query(i, "host-" + i + ".example", "A")));
            }
            for (var answer : answers) {
                assertThat(Messages.read(answer.get(World.LIMIT.toSeconds(), TimeUnit.SECONDS))
                                .addresses())
                        .hasSize(1);
            }
            assertThat(world.network.connections()).isOne();
            assertThat(server.overTcp()).hasSize(100);
        }
    }

    /** Over UDP no answer fits. */
    @ParameterizedTest
    @ValueSource(strings = {"tcp", "udp"})
    void aServerThatClosesTheConnectionAfterEachAnswerAnswersAllQueries(String scheme) throws Exception {
        try (var server = TestServer.of(60, "192.0.2.80");
                var world = new World(
                        directory,
                        "{mode: real, servers: ['" + server.settings(scheme).uri() + "']}")) {
            server.closeAfterAnswer();
            server.answerUdp(query -> List.of(Messages.answer(query, 0x8380, List.of(), List.of(), List.of())));
            for (int round = 0; round < 3; round++) {
                assertThat(world.ask("alone-" + round + ".example", "A").addresses())
                        .hasSize(1);
                var answers = new java.util.ArrayList<CompletableFuture<byte[]>>();
                for (int i = 0; i < 30; i++) {
                    answers.add(world.send(UDP, Messages.query(i, "host-" + round + "-" + i + ".example", "A")));
                }
                for (var answer : answers) {
                    assertThat(Messages.read(answer.get(World.LIMIT.toSeconds(), TimeUnit.SECONDS))
                                    .addresses())
                            .hasSize(1);
                }
            }
            assertThat(world.count(DnsCounter.NOT_ANSWERED)).isZero();
        }
    }

    @Test
    void whatIsAskedForInAdvanceCountsEvenIfItMustNotBeKept() throws Exception {
        try (var server = TestServer.of(100, "192.0.2.80");
                var world = real(server)) {
            world.ask("www.example.org", "A");
            world.clock.addAndGet(95);
            server.answerUdp(query -> List.of(TestServer.addressesFor(query, 0, "192.0.2.81")));
            world.ask("www.example.org", "A");
            Await.until(
                    "the new address is given",
                    World.LIMIT,
                    () -> world.ask("www.example.org", "A").addresses().equals(List.of("192.0.2.81")));
        }
    }

    @Test
    void anAnswerThatSoonEndsIsAskedForInAdvance() throws Exception {
        try (var server = TestServer.of(100, "192.0.2.80");
                var world = real(server)) {
            world.ask("www.example.org", "A");
            world.clock.addAndGet(95);
            assertThat(world.ask("www.example.org", "A").records().getFirst().ttl())
                    .isEqualTo(5);
            Await.until(
                    "it is fresh",
                    World.LIMIT,
                    () -> world.ask("www.example.org", "A").records().getFirst().ttl() == 100);
            assertThat(server.queries()).isEqualTo(2);
            assertThat(world.count(DnsCounter.PREFETCHED)).isOne();
        }
    }
}

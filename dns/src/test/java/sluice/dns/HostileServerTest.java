// SPDX-License-Identifier: Apache-2.0
package sluice.dns;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Answers that are wrong by accident or on purpose: none of them reaches an application. */
class HostileServerTest {
    private static final int SERVFAIL = 2;
    private static final String GOOD = "192.0.2.80";
    private static final String BAD = "203.0.113.66";

    @TempDir
    Path directory;

    private World real(TestServer server, String scheme) {
        return new World(
                directory, "{mode: real, servers: ['" + server.settings(scheme).uri() + "']}");
    }

    private static byte[] changed(byte[] message, int at, int bits) {
        byte[] other = message.clone();
        other[at] ^= (byte) bits;
        return other;
    }

    /** Forgeries that come before the true answer. */
    static Stream<Named<Function<byte[], byte[]>>> forgeries() {
        return Stream.of(
                Named.of("wrong id", forged -> changed(forged, 1, 1)),
                Named.of("a query", forged -> changed(forged, 2, 0x80)),
                Named.of("another opcode", forged -> changed(forged, 2, 0x10)),
                Named.of("another name", forged -> changed(forged, 14, 1)),
                Named.of("another case", forged -> changed(forged, 13, 0x20)),
                Named.of("another type", forged -> changed(forged, Messages.questionEnd(forged) - 3, 4)),
                Named.of("another class", forged -> changed(forged, Messages.questionEnd(forged) - 1, 2)),
                Named.of("no question", forged -> changed(forged, 5, 1)),
                Named.of("a runt", forged -> Arrays.copyOf(forged, 11)),
                Named.of("nothing", _ -> new byte[0]));
    }

    @ParameterizedTest
    @MethodSource("forgeries")
    void aForgeryInFrontOfTheAnswerIsNotBelieved(Function<byte[], byte[]> forgery) throws Exception {
        try (var server = new TestServer(query -> List.of(
                        forgery.apply(TestServer.addressesFor(query, 60, BAD)),
                        TestServer.addressesFor(query, 60, GOOD)));
                var world = real(server, "udp")) {
            assertThat(world.ask("www.example.org", "A").addresses()).containsExactly(GOOD);
            assertThat(world.count(DnsCounter.NOT_BELIEVED)).isOne();
        }
    }

    @Test
    void aServerThatChangesLettersIsAskedOverTcp() throws Exception {
        try (var server = TestServer.of(60, GOOD);
                var world = real(server, "udp")) {
            server.answerUdp(query -> {
                byte[] answer = TestServer.addressesFor(query, 60, BAD);
                for (int i = 12; i < Messages.questionEnd(query) - 5; i++) {
                    answer[i] = (byte) Character.toUpperCase(answer[i]);
                }
                return List.of(answer);
            });
            assertThat(world.ask("a-name-with-many-letters.example.org", "A").addresses())
                    .containsExactly(GOOD);
            assertThat(server.overTcp()).hasSize(1);
        }
    }

    @Test
    void lateDuplicatesChangeNothing() throws Exception {
        try (var server = new TestServer(query -> List.of(
                        TestServer.addressesFor(query, 60, GOOD),
                        TestServer.addressesFor(query, 60, BAD),
                        TestServer.addressesFor(query, 60, BAD)));
                var udp = real(server, "udp");
                var tcp = real(server, "tcp")) {
            for (int i = 0; i < 5; i++) {
                for (var world : List.of(udp, tcp)) {
                    assertThat(world.ask("host-" + i + ".example.org", "A").addresses())
                            .containsExactly(GOOD);
                }
            }
        }
    }

    /** Answers whose header and question are right, and the rest is not. */
    static Stream<Named<Function<byte[], byte[]>>> brokenAnswers() {
        byte[] loop = Messages.record(Messages.CNAME, 60, new byte[] {(byte) 0xc0, 0});
        return Stream.of(
                Named.of("a record is cut off", query -> cut(TestServer.addressesFor(query, 60, BAD), 3)),
                Named.of("records are missing", query -> changed(TestServer.addressesFor(query, 60, BAD), 7, 6)),
                Named.of("an address is too long", query -> one(query, Messages.record(Messages.A, 60, new byte[5]))),
                Named.of("an alias ends nowhere", query -> one(query, Messages.record(5, 60, new byte[] {3, 'a'}))),
                Named.of("an alias's label is too long", query -> one(query, Messages.record(5, 60, longLabel()))),
                Named.of("an alias points to itself", query -> {
                    byte[] answer = one(query, loop);
                    int at = answer.length - 2;
                    answer[at] = (byte) (0xc0 | at >> 8);
                    answer[at + 1] = (byte) at;
                    return answer;
                }),
                Named.of(
                        "an alias has something behind it",
                        query -> one(query, Messages.record(5, 60, new byte[] {0, 0}))),
                Named.of("an owner points forward in a loop", query -> {
                    byte[] answer = one(query, loop);
                    int at = Messages.questionEnd(answer);
                    answer[at + 1] = (byte) at;
                    return answer;
                }),
                Named.of("EDNS among the answers", query -> one(query, new byte[] {0, 0, 41, 4, 0, 0, 0, 0, 0, 0, 0})),
                Named.of(
                        "EDNS is cut off",
                        query -> Messages.answer(query, 0x8180, List.of(), List.of(), List.of(new byte[] {
                            0, 0, 41, 4, 0, 0, 0, 0, 0, 0, 3, 0, 15, 9
                        }))));
    }

    private static byte[] cut(byte[] message, int bytes) {
        return Arrays.copyOf(message, message.length - bytes);
    }

    private static byte[] longLabel() {
        byte[] label = new byte[66];
        label[0] = 64;
        return label;
    }

    private static byte[] one(byte[] query, byte[] record) {
        return Messages.answer(query, 0, List.of(record), List.of());
    }

    @ParameterizedTest
    @MethodSource("brokenAnswers")
    void anAnswerThatIsBrokenIsNoAnswer(Function<byte[], byte[]> broken) throws Exception {
        try (var server = new TestServer(query -> List.of(broken.apply(query)));
                var other = TestServer.of(60, GOOD);
                var world = new World(
                        directory,
                        "{mode: real, servers: ['" + server.settings("udp").uri() + "', '"
                                + other.settings("udp").uri() + "']}")) {
            assertThat(world.ask("www.example.org", "A").addresses()).containsExactly(GOOD);
        }
    }

    @Test
    void hugeRecordsPassOverTcp() throws Exception {
        byte[] huge = new byte[60_000];
        Arrays.fill(huge, (byte) 7);
        try (var server = new TestServer(query -> List.of(one(query, Messages.record(Messages.TXT, 60, huge))));
                var world = real(server, "tcp")) {
            var answer = world.ask(new World.Client(null, true), Messages.query(1, "www.example.org", "TXT"));
            assertThat(answer.records().getFirst().data()).isEqualTo(huge);
            assertThat(world.ask("www.example.org", "TXT").truncated()).isTrue();
        }
    }

    @Test
    void moreRecordsThanAnyAnswerHasAreNoAnswer() throws Exception {
        byte[] small = Messages.record(99, 60, new byte[0]);
        var many = java.util.Collections.nCopies(5_000, small);
        try (var server = new TestServer(query -> List.of(Messages.answer(query, 0, many, List.of())));
                var world = real(server, "tcp")) {
            assertThat(world.ask("www.example.org", "A").rcode()).isEqualTo(SERVFAIL);
        }
    }

    @Test
    void aConnectionWithALengthThatNeverComesIsGivenUp() throws Exception {
        try (var server = new TestServer(_ -> List.of());
                var world = real(server, "tcp")) {
            // A length of 65,535 and one byte of it: TestServer frames what it is given, so a frame that is cut off
            // needs a raw one.
            server.raw(new byte[] {(byte) 0xff, (byte) 0xff, 1});
            assertThat(world.ask("slow.example.org", "A").rcode()).isEqualTo(SERVFAIL);
            server.raw(new byte[0]);
            server.answerTcp(query -> List.of(TestServer.addressesFor(query, 60, GOOD)));
            assertThat(world.ask("www.example.org", "A").addresses()).containsExactly(GOOD);
            assertThat(world.network.connections()).isGreaterThan(1);
        }
    }

    @Test
    void anAnswerToAnotherQuestionOnAConnectionIsNotBelieved() throws Exception {
        try (var server = new TestServer(query -> List.of(
                        changed(TestServer.addressesFor(query, 60, BAD), 14, 1),
                        changed(TestServer.addressesFor(query, 60, BAD), 1, 1),
                        new byte[3],
                        TestServer.addressesFor(query, 60, GOOD)));
                var world = real(server, "tcp")) {
            assertThat(world.ask("www.example.org", "A").addresses()).containsExactly(GOOD);
        }
    }

    @Test
    void whatStandsBehindTheLastRecordIsNotPassedOn() throws Exception {
        try (var server = new TestServer(query -> {
                    byte[] empty = Messages.answer(query, 0, List.of(), List.of());
                    return List.of(Arrays.copyOf(empty, empty.length + 9));
                });
                var world = real(server, "udp")) {
            assertThat(world.ask("www.example.org", "A").records()).isEmpty();
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.dns;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sluice.dns.NameService.Meaning;
import sluice.dns.cache.AnswerCache;
import sluice.dns.cache.Hints;
import sluice.dns.message.Answer;
import sluice.dns.message.AnswerReader;
import sluice.dns.message.Query;

/** That nothing grows without end, and that nobody takes it all. */
class BoundsTest {
    @TempDir
    Path directory;

    private static Query query(String name, String type) {
        return (Query) Query.read(ByteBuffer.wrap(Messages.query(1, name, type)), true);
    }

    private static Answer answer(String name, String type, byte[] record) throws Exception {
        byte[] query = Messages.query(1, name, type);
        return AnswerReader.read(Messages.answer(query, 0, List.of(record), List.of()));
    }

    @Test
    void theCacheKeepsSoManyAnswersAndForgetsWhatWasNotAskedForTheLongest() throws Exception {
        var cache = new AnswerCache(100);
        for (int i = 0; i < 1000; i++) {
            cache.put(
                    0,
                    query("host-" + i + ".example", "A"),
                    answer("host-" + i + ".example", "A", Messages.address("192.0.2.1", 60)),
                    1);
            assertThat(cache.find(0, query("host-0.example", "A")))
                    .as("after %d", i)
                    .isNotNull();
        }
        assertThat(cache.size()).isEqualTo(100);
        assertThat(cache.find(0, query("host-999.example", "A"))).isNotNull();
        assertThat(cache.find(0, query("host-900.example", "A"))).isNull();
        assertThat(cache.find(1, query("host-999.example", "A"))).isNull();
    }

    @Test
    void applicationsCannotChooseNamesWhosePlacesAreTheSame() {
        // As they would be by String.hashCode(): "an" and "c0" are the same there.
        assertThat(query("anananan.example", "A").hash())
                .isNotEqualTo(query("c0anc0an.example", "A").hash());
        assertThat(query("ANANANAN.example", "A").hash())
                .isEqualTo(query("anananan.example", "A").hash());
    }

    @Test
    void longAnswersTakeThePlaceOfManyAndTheLongestNone() throws Exception {
        var cache = new AnswerCache(100);
        for (int i = 0; i < 1000; i++) {
            String name = "host-" + i + ".example";
            cache.put(
                    0, query(name, "TXT"), answer(name, "TXT", Messages.record(Messages.TXT, 60, new byte[5_000])), 1);
            assertThat(cache.bytes()).isLessThanOrEqualTo(100 * 1024);
        }
        assertThat(cache.size()).isBetween(15, 25);
        var huge = answer("huge.example", "TXT", Messages.record(Messages.TXT, 60, new byte[60_000]));
        assertThat(cache.put(0, query("huge.example", "TXT"), huge, 1)).isNull();
    }

    @Test
    void tenThousandAnswersTakeAFewMegabytes() throws Exception {
        var cache = new AnswerCache(10_000);
        for (int i = 0; i < 10_000; i++) {
            String name = "www.host-" + i + ".example.org";
            cache.put(0, query(name, "A"), answer(name, "A", Messages.address("192.0.2.1", 60)), 1);
        }
        assertThat(cache.size()).isEqualTo(10_000);
        assertThat(cache.bytes()).isBetween(2_000_000L, 5_000_000L);
    }

    @Test
    void hintsAreBoundedAndTheFirstGoFirst() throws Exception {
        var hints = new Hints(100);
        for (int i = 0; i < 250; i++) {
            hints.learn(answer("host-" + i + ".example", "A", Messages.address("192.0.2." + i, 60)), 60, 1);
        }
        assertThat(hints.find(InetAddress.ofLiteral("192.0.2.249"), 1)).isEqualTo(new Meaning.Hint("host-249.example"));
        assertThat(hints.find(InetAddress.ofLiteral("192.0.2.149"), 1)).isNull();
    }

    @Test
    void onceHalfOfThePlacesAreTakenNobodyGetsMoreThanAnEighth() {
        var quota = new Quota(80);
        var places = new ArrayList<Quota.Place>();
        for (int i = 0; i < 100; i++) {
            var place = quota.take(new World.Client("/greedy", false));
            if (place != null) {
                places.add(place);
            }
        }
        assertThat(places).hasSize(40 + 10);
        assertThat(quota.take(new World.Client("/modest", false))).isNotNull();
        // Giving back twice is giving back once.
        places.forEach(Quota.Place::close);
        places.forEach(Quota.Place::close);
        assertThat(IntStream.range(0, 100).filter(_ -> quota.take(null) != null).count())
                .isEqualTo(79);
    }

    @Test
    void thoseWhomNobodyKnowsAreOneApplication() {
        var quota = new Quota(80);
        assertThat(IntStream.range(0, 100)
                        .filter(i -> quota.take(new World.Client(null, false, 1000 + i)) != null)
                        .count())
                .isEqualTo(40 + 10);
    }

    @Test
    void oneApplicationLeavesQuestionsForOthers() throws Exception {
        try (var server = TestServer.of(60);
                var world = new World(
                        directory,
                        "{mode: real, servers: ['" + server.settings("udp").uri() + "']}")) {
            server.beSilent();
            for (int i = 0; i < 600; i++) {
                var _ = world.send(
                        new World.Client("/greedy", false), Messages.query(i, "host-" + i + ".example", "A"));
            }
            long refused = world.count(DnsCounter.OVER_LIMIT);
            assertThat(refused).isPositive();
            var _ = world.send(new World.Client("/modest", false), Messages.query(1, "www.example", "A"));
            assertThat(world.count(DnsCounter.OVER_LIMIT)).isEqualTo(refused);
        }
    }

    @Test
    void tooManyQueriesUnderWayAreRefusedAtOnce() throws Exception {
        try (var server = TestServer.of(60);
                var world = new World(
                        directory,
                        "{mode: real, servers: ['" + server.settings("udp").uri() + "']}")) {
            server.beSilent();
            for (int i = 0; i < 1000; i++) {
                var _ = world.send(new World.Client(null, false), Messages.query(i, "host-" + i + ".example", "A"));
            }
            assertThat(world.count(DnsCounter.OVER_LIMIT)).isGreaterThan(400);
        }
    }
}

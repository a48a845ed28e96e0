// SPDX-License-Identifier: Apache-2.0
package sluice.dns;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
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
    void anApplicationsHintsAreBoundedAndItsFirstGoFirst() {
        var hints = new Hints(80, () -> 1);
        hints.give("/modest", "modest", "www.example", List.of(address(1)), 60);
        for (int i = 2; i < 250; i++) {
            hints.give("/greedy", "greedy", "host-" + i + ".example", List.of(address(i)), 60);
        }
        assertThat(hint(hints, "/greedy", 249)).isEqualTo("host-249.example");
        assertThat(hints.find(address(2))).isNull();
        assertThat(hint(hints, "/modest", 1)).isEqualTo("www.example");
        assertThat(hints.size()).isBetween(40, 41);
    }

    @Test
    void manyCgroupsOfOneUserHaveOneShareOfTheHints() {
        var hints = new Hints(80, () -> 1);
        hints.give("/modest", "modest", "www.example", List.of(address(1)), 60);
        for (int i = 2; i < 250; i++) {
            hints.give("/greedy-" + i, "greedy", "host.example", List.of(address(i)), 60);
        }
        assertThat(hint(hints, "/modest", 1)).isEqualTo("www.example");
        assertThat(hints.size()).isBetween(40, 41);
    }

    @Test
    void whenAllHintsAreTakenTheApplicationThatWasGivenSomethingLeastRecentlyLosesOne() {
        var hints = new Hints(80, () -> 1);
        for (int i = 0; i < 20; i++) {
            for (int j = 0; j < 5; j++) {
                hints.give("/app-" + i, "app-" + i, "host.example", List.of(address(5 * i + j)), 60);
            }
        }
        assertThat(hints.size()).isEqualTo(80);
        assertThat(hint(hints, "/app-0", 4)).isNull();
        assertThat(hint(hints, "/app-19", 99)).isEqualTo("host.example");
    }

    @Test
    void anAddressHasOnlyTheLastNamesOfEachApplication() {
        var hints = new Hints(80, () -> 1);
        for (int i = 0; i < 100; i++) {
            hints.give("/greedy", "greedy", "host-" + i + ".example", List.of(address(1)), 60);
        }
        var meaning = (Meaning.Hint) Objects.requireNonNull(hints.find(address(1)));
        assertThat(IntStream.range(0, 100).filter(i -> meaning.isFor("host-" + i + ".example", "/greedy")))
                .containsExactly(92, 93, 94, 95, 96, 97, 98, 99);
        hints.flush();
        assertThat(hints.find(address(1))).isNull();
        assertThat(hints.size()).isZero();
    }

    private static InetAddress address(int last) {
        return InetAddress.ofLiteral("192.0.2." + last);
    }

    private static @Nullable String hint(Hints hints, String cgroup, int address) {
        return hints.find(address(address)) instanceof Meaning.Hint hint ? hint.name(cgroup) : null;
    }
}

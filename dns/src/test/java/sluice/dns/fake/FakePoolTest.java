// SPDX-License-Identifier: Apache-2.0
package sluice.dns.fake;

import static org.assertj.core.api.Assertions.assertThat;
import static sluice.dns.fake.Pools.TTL;
import static sluice.dns.fake.Pools.give;

import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sluice.bounds.Claimant;
import sluice.dns.FakeView;
import sluice.dns.NameService.Meaning;
import sluice.rules.Prefix;

/** What the pool promises, on a file that works. */
class FakePoolTest {
    @TempDir
    private Path directory;

    private Pools pools;

    @BeforeEach
    void prepare() {
        pools = new Pools(directory);
    }

    private static InetAddress ipv4(FakePool pool, int slot) throws Exception {
        return InetAddress.getByAddress(pool.ipv4(slot));
    }

    private static InetAddress ipv6(FakePool pool, int slot) throws Exception {
        return InetAddress.getByAddress(pool.ipv6(slot));
    }

    private static List<Integer> fill(FakePool pool, int names) throws Exception {
        var slots = new ArrayList<Integer>();
        for (int i = 0; i < names; i++) {
            slots.add(give(pool, "name-" + i + ".example"));
        }
        return slots;
    }

    @Test
    void aNameHasOneAddressOfEachFamilyAndKeepsThem() throws Exception {
        try (var pool = pools.usual()) {
            assertThat(pool.slot("example.org")).isEqualTo(FakePool.NONE);
            int slot = give(pool, "example.org");

            assertThat(pool.slot("example.org")).isEqualTo(slot);
            assertThat(give(pool, "example.org")).isEqualTo(slot);
            assertThat(ipv4(pool, slot)).isEqualTo(InetAddress.getByName("198.18.0." + slot));
            assertThat(ipv6(pool, slot)).isEqualTo(InetAddress.getByName("fd00:5315::" + slot));
            assertThat(give(pool, "example.net")).isNotEqualTo(slot);
        }
    }

    @Test
    void anAddressMeansItsName() throws Exception {
        try (var pool = pools.usual()) {
            int slot = give(pool, "example.org");
            for (var address : List.of(ipv4(pool, slot), ipv6(pool, slot))) {
                assertThat(pool.name(address)).contains("example.org");
                assertThat(pool.meaning(address))
                        .isInstanceOfSatisfying(
                                Meaning.Fake.class,
                                fake -> assertThat(fake.name()).isEqualTo("example.org"));
            }
        }
    }

    @Test
    void whatWasNeverGivenOutIsForgottenAndTheRestJustAnAddress() throws Exception {
        try (var pool = pools.usual()) {
            give(pool, "example.org");
            for (var ours :
                    List.of("198.18.0.0", "198.18.0.2", "198.19.255.255", "fd00:5315::", "fd00:5315::ffff:ffff")) {
                assertThat(pool.meaning(InetAddress.getByName(ours))).isEqualTo(Meaning.FORGOTTEN);
                assertThat(pool.contains(InetAddress.getByName(ours))).isTrue();
                assertThat(pool.name(InetAddress.getByName(ours))).isEmpty();
            }
            for (var foreign : List.of("198.17.255.255", "198.20.0.1", "fd00:5315::1:0:0:1", "fd00:5316::1", "::")) {
                assertThat(pool.meaning(InetAddress.getByName(foreign))).isEqualTo(Meaning.ADDRESS);
                assertThat(pool.contains(InetAddress.getByName(foreign))).isFalse();
            }
        }
    }

    @Test
    void theFirstAndTheLastAddressOfAPoolAreNotGivenOut() throws Exception {
        try (var pool = pools.open("198.18.0.0/29", "fd00:5315::/96")) {
            assertThat(fill(pool, 6)).containsExactlyInAnyOrder(1, 2, 3, 4, 5, 6);
            assertThat(give(pool, "one.more.example")).isEqualTo(FakePool.NONE);
            assertThat(pool.view()).isEqualTo(new FakeView(6, 6, 0, 0, 1, java.util.Optional.empty()));
        }
        try (var pool = pools.open("198.18.0.0/24", "fd00:5315::/126")) {
            assertThat(pool.view().capacity()).isEqualTo(3);
        }
        try (var pool = pools.open("198.18.0.0/32", "fd00:5315::/128")) {
            assertThat(give(pool, "example.org")).isEqualTo(FakePool.NONE);
        }
    }

    @Test
    void theLeastRecentlyUsedNameLosesItsAddress() throws Exception {
        try (var pool = pools.open("198.18.0.0/29", "fd00:5315::/96")) {
            var slots = fill(pool, 6);
            pools.clock.addAndGet(TTL);
            pool.slot("name-0.example");
            pools.clock.addAndGet(1);

            assertThat(give(pool, "new.example")).isEqualTo(slots.get(1));
            assertThat(pool.slot("name-1.example")).isEqualTo(FakePool.NONE);
            assertThat(pool.slot("name-0.example")).isEqualTo(slots.get(0));
            assertThat(pool.view().recycled()).isEqualTo(1);
        }
    }

    @Test
    void anAddressThatApplicationsMayRememberIsNotGivenToAnotherName() throws Exception {
        try (var pool = pools.open("198.18.0.0/29", "fd00:5315::/96")) {
            fill(pool, 6);
            pools.clock.addAndGet(TTL);
            assertThat(give(pool, "new.example")).isEqualTo(FakePool.NONE);
            pools.clock.addAndGet(1);
            assertThat(give(pool, "new.example")).isNotEqualTo(FakePool.NONE);
        }
    }

    @Test
    void anAddressThatAFlowUsesIsNotGivenToAnotherName() throws Exception {
        try (var pool = pools.open("198.18.0.0/30", "fd00:5315::/96")) {
            fill(pool, 2);
            var first = (Meaning.Fake) pool.meaning(ipv4(pool, 1));
            var second = (Meaning.Fake) pool.meaning(ipv6(pool, 1));
            ((Meaning.Fake) pool.meaning(ipv4(pool, 2))).lease();
            pools.clock.addAndGet(10 * TTL);
            assertThat(give(pool, "new.example")).isEqualTo(FakePool.NONE);
            assertThat(pool.view().leased()).isEqualTo(2);

            first.lease().close();
            first.lease().close();
            pools.clock.addAndGet(10 * TTL);
            assertThat(give(pool, "new.example")).isEqualTo(FakePool.NONE);

            second.lease().close();
            pools.clock.addAndGet(TTL + 1);
            assertThat(give(pool, "new.example")).isEqualTo(1);
        }
    }

    @Test
    void flushForgetsWhatNoFlowUses() throws Exception {
        try (var pool = pools.small()) {
            fill(pool, 10);
            var used = (Meaning.Fake) pool.meaning(ipv4(pool, 3));
            assertThat(pool.flush()).isEqualTo(9);
            assertThat(pool.view().names()).isEqualTo(1);
            assertThat(pool.meaning(ipv4(pool, 1))).isEqualTo(Meaning.FORGOTTEN);
            assertThat(pool.slot(used.name())).isEqualTo(3);
        }
        try (var pool = pools.small()) {
            assertThat(pool.view().names()).isEqualTo(1);
            assertThat(pool.slot("name-2.example")).isEqualTo(3);
        }
    }

    @Test
    void aFlushedAddressIsNotGivenToAnotherNameWhileApplicationsMayRememberIt() throws Exception {
        try (var pool = pools.open("198.18.0.0/29", "fd00:5315::/96")) {
            fill(pool, 6);
            pool.flush();
            assertThat(give(pool, "new.example")).isEqualTo(FakePool.NONE);
            pools.clock.addAndGet(TTL + 1);
            assertThat(give(pool, "new.example")).isEqualTo(1);
            assertThat(pool.view().recycled()).isZero();
        }
    }

    @Test
    void noneIsAfterARestartEither() throws Exception {
        try (var pool = pools.small()) {
            fill(pool, 3);
            pool.flush();
        }
        try (var pool = pools.small()) {
            assertThat(give(pool, "new.example")).isNotIn(1, 2, 3);
            pools.clock.addAndGet(TTL + 1);
            assertThat(give(pool, "newer.example")).isIn(1, 2, 3);
        }
    }

    @Test
    void namesAndTheOrderOfTheirUseSurviveARestart() throws Exception {
        List<Integer> slots;
        try (var pool = pools.open("198.18.0.0/29", "fd00:5315::/96")) {
            slots = fill(pool, 6);
            pools.clock.addAndGet(10);
            pool.slot("name-0.example");
        }
        pools.clock.addAndGet(10 * TTL);
        try (var pool = pools.open("198.18.0.0/29", "fd00:5315::/96")) {
            for (int i = 0; i < slots.size(); i++) {
                assertThat(pool.peek("name-" + i + ".example")).isEqualTo(slots.get(i));
            }
            assertThat(give(pool, "new-1.example")).isEqualTo(slots.get(1));
        }
        assertThat(pools.events.heard).isEmpty();
    }

    @Test
    void whatWasUsedJustBeforeARestartIsNotRecycledJustAfter() throws Exception {
        try (var pool = pools.open("198.18.0.0/29", "fd00:5315::/96")) {
            fill(pool, 6);
        }
        try (var pool = pools.open("198.18.0.0/29", "fd00:5315::/96")) {
            pools.clock.addAndGet(TTL);
            assertThat(give(pool, "new.example")).isEqualTo(FakePool.NONE);
            pools.clock.addAndGet(1);
            assertThat(give(pool, "new.example")).isNotEqualTo(FakePool.NONE);
        }
    }

    @Test
    void aPoolThatBeginsElsewhereForgetsEverything() throws Exception {
        try (var pool = pools.small()) {
            fill(pool, 5);
        }
        try (var pool = pools.open("198.19.0.0/24", "fd00:5315::/96")) {
            assertThat(pools.events.heard).containsExactly("forgotten: 5");
            assertThat(pool.view().names()).isZero();
            give(pool, "example.org");
        }
        try (var pool = pools.small()) {
            assertThat(pools.events.heard).containsExactly("forgotten: 5", "forgotten: 1");
            assertThat(pool.view().names()).isZero();
        }
    }

    @Test
    void aSmallerPoolForgetsWhatLiesOutsideAndALargerOneNothing() throws Exception {
        try (var pool = pools.small()) {
            fill(pool, 20);
        }
        try (var pool = pools.open("198.18.0.0/28", "fd00:5315::/96")) {
            assertThat(pool.view().names()).isEqualTo(14);
            assertThat(pool.peek("name-13.example")).isEqualTo(14);
            assertThat(pool.meaning(InetAddress.getByName("198.18.0.15"))).isEqualTo(Meaning.FORGOTTEN);
            assertThat(pool.meaning(InetAddress.getByName("198.18.0.16"))).isEqualTo(Meaning.ADDRESS);
        }
        try (var pool = pools.usual()) {
            assertThat(pool.view().names()).isEqualTo(14);
            assertThat(pool.peek("name-13.example")).isEqualTo(14);
            assertThat(pool.peek("name-14.example")).isEqualTo(FakePool.NONE);
        }
        assertThat(pools.events.heard).containsExactly("forgotten: 6");
    }

    @Test
    void aChangedConfigurationIsTakenOverWhileFlowsGoOn() throws Exception {
        try (var pool = pools.small()) {
            fill(pool, 20);
            var inside = (Meaning.Fake) pool.meaning(ipv4(pool, 1));
            var outside = (Meaning.Fake) pool.meaning(ipv4(pool, 20));

            assertThat(pool.apply(pools.settings("198.18.0.0/28", "fd00:5315::/96")))
                    .isEqualTo(6);
            pools.clock.addAndGet(TTL + 1);
            for (int i = 0; i < 20; i++) {
                assertThat(give(pool, "new-" + i + ".example")).isNotIn(1, 20);
                pools.clock.addAndGet(TTL + 1);
            }
            inside.lease().close();
            outside.lease().close();
            assertThat(pool.view().leased()).isZero();

            assertThat(pool.apply(pools.settings("198.19.0.0/28", "fd00:5315::/96")))
                    .isEqualTo(14);
            assertThat(pool.meaning(InetAddress.getByName("198.18.0.1"))).isEqualTo(Meaning.ADDRESS);
            pools.clock.addAndGet(TTL + 1);
            assertThat(give(pool, "example.org")).isEqualTo(1);
            assertThat(pool.name(InetAddress.getByName("198.19.0.1"))).contains("example.org");
        }
        try (var pool = pools.open("198.19.0.0/28", "fd00:5315::/96")) {
            assertThat(pool.view().names()).isEqualTo(1);
        }
        assertThat(pools.events.heard).isEmpty();
    }

    @Test
    void anAddressOfThePoolThatStaysIsNotGivenToAnotherNameWhileApplicationsMayRememberIt() throws Exception {
        var moved = new FakeSettings(
                Prefix.parse("198.18.0.0/24"), Prefix.parse("fd00:5316::/96"), Duration.ofSeconds(5), pools.file());
        try (var pool = pools.small()) {
            fill(pool, 3);
            pool.apply(moved);
            assertThat(pool.name(InetAddress.getByName("198.18.0.1"))).isEmpty();
            assertThat(give(pool, "new-1.example")).isEqualTo(4);
            pools.clock.addAndGet(TTL);
            assertThat(give(pool, "new-2.example")).isEqualTo(5);
            pools.clock.addAndGet(1);
            assertThat(give(pool, "new-3.example")).isEqualTo(1);
        }
    }

    @Test
    void norIsItAfterARestart() throws Exception {
        try (var pool = pools.small()) {
            fill(pool, 3);
            pool.flush();
            fill(pool, 2);
        }
        try (var pool = pools.open("198.18.0.0/24", "fd00:5316::/96")) {
            assertThat(pool.name(InetAddress.getByName("198.18.0.4"))).isEmpty();
        }
        try (var pool = pools.open("198.18.0.0/24", "fd00:5316::/96")) {
            assertThat(give(pool, "new-1.example")).isEqualTo(6);
            pools.clock.addAndGet(TTL + 1);
            assertThat(give(pool, "new-2.example")).isEqualTo(1);
        }
    }

    @Test
    void aShorterTtlDoesNotShortenWhatWasPromisedBefore() throws Exception {
        var shorter = new FakeSettings(
                Prefix.parse("198.18.0.0/30"), Prefix.parse("fd00:5315::/96"), Duration.ofSeconds(5), pools.file());
        try (var pool = pools.open("198.18.0.0/30", "fd00:5315::/96")) {
            fill(pool, 2);
            pool.apply(shorter);
            pools.clock.addAndGet(TTL);
            assertThat(give(pool, "new-1.example")).isEqualTo(FakePool.NONE);
            pools.clock.addAndGet(1);
            assertThat(give(pool, "new-1.example")).isNotEqualTo(FakePool.NONE);
            pools.clock.addAndGet(6);
            assertThat(give(pool, "new-2.example")).isNotEqualTo(FakePool.NONE);
        }
    }

    @Test
    void aClosedPoolGivesNoNewAddresses() throws Exception {
        var pool = pools.small();
        int slot = give(pool, "example.org");
        pool.close();
        assertThat(give(pool, "example.net")).isEqualTo(FakePool.NONE);
        assertThat(pool.slot("example.org")).isEqualTo(slot);
    }

    @Test
    void aFloodOfNamesTakesItsOwnAddressesAgainAndThoseOfOthersKeepTheirMeaning() throws Exception {
        try (var pool = pools.small()) {
            Claimant flood = () -> "flood";
            Claimant modest = () -> "modest";
            int before = give(pool, "before.example", modest);
            pools.clock.addAndGet(TTL + 1);
            int first = give(pool, "flood-first.example", flood);
            int refused = 0;
            for (int i = 0; i < 1000; i++) {
                refused += give(pool, "flood-" + i + ".example", flood) == FakePool.NONE ? 1 : 0;
            }
            assertThat(refused)
                    .as("applications may remember all of the flood's")
                    .isGreaterThan(500);
            assertThat(pool.slot("flood-first.example")).isEqualTo(first);
            for (int i = 0; i < 20; i++) {
                assertThat(give(pool, "meanwhile-" + i + ".example", modest)).isNotEqualTo(FakePool.NONE);
            }

            pools.clock.addAndGet(TTL + 1);
            for (int i = 0; i < 100; i++) {
                assertThat(give(pool, "later-" + i + ".example", flood)).isNotEqualTo(FakePool.NONE);
            }
            assertThat(pool.slot("flood-first.example")).isEqualTo(FakePool.NONE);
            assertThat(pool.slot("before.example")).isEqualTo(before);
            for (int i = 0; i < 20; i++) {
                assertThat(pool.slot("meanwhile-" + i + ".example")).isNotEqualTo(FakePool.NONE);
            }
        }
    }

    @Test
    void whatAFullPoolGivesToOthersIsTheOldestOfTheShareThatHasMost() throws Exception {
        try (var pool = pools.small()) {
            int old = give(pool, "old.example", () -> "small");
            for (int i = 0; i < 126; i++) {
                give(pool, "most-" + i + ".example", () -> "most");
            }
            for (int share = 0; share < 5; share++) {
                var name = "share " + share;
                for (int i = 0; i < 31; i++) {
                    give(pool, i + "." + share + ".example", () -> name);
                }
            }
            assertThat(pool.view().names()).isEqualTo(pool.view().capacity());
            pools.clock.addAndGet(TTL + 1);

            assertThat(give(pool, "new.example", () -> "new")).isNotEqualTo(FakePool.NONE);
            assertThat(pool.slot("most-0.example")).isEqualTo(FakePool.NONE);
            assertThat(pool.slot("old.example")).isEqualTo(old);
        }
    }

    @Test
    void moreSharesThanAreToldApartHaveNamesAllTheSame() throws Exception {
        try (var pool = pools.usual()) {
            for (int share = 0; share < 2 * SlotOwners.MOST; share++) {
                var name = "share " + share;
                assertThat(give(pool, share + ".example", () -> name)).isNotEqualTo(FakePool.NONE);
            }
            assertThat(pool.flush()).isEqualTo(2 * SlotOwners.MOST);
            assertThat(give(pool, "again.example", () -> "share 1")).isNotEqualTo(FakePool.NONE);
        }
    }
}

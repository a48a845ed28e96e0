// SPDX-License-Identifier: Apache-2.0
package sluice.bounds;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BoundTest {
    private static final Claimant GREEDY = () -> "greedy";
    private static final Claimant MODEST = () -> "modest";

    private final AtomicLong now = new AtomicLong();
    private final List<String> said = new ArrayList<>();
    private final Bounds bounds = new Bounds((bound, share) -> said.add(bound.name() + " " + share), now::get);

    private static List<Bound.Place> takeAll(Bound bound, Claimant claimant) {
        var places = new ArrayList<Bound.Place>();
        for (var place = bound.take(claimant); place != null; place = bound.take(claimant)) {
            places.add(place);
        }
        return places;
    }

    @Test
    void beyondHalfNoShareGetsMoreThanAnEighth() {
        var bound = bounds.add("flows", 80);
        assertThat(takeAll(bound, GREEDY)).hasSize(40 + 10);
        assertThat(takeAll(bound, MODEST)).hasSize(10);
        assertThat(takeAll(bound, () -> "another")).hasSize(10);
        assertThat(takeAll(bound, () -> "the last")).hasSize(10);
        assertThat(takeAll(bound, () -> "too late")).isEmpty();
        assertThat(bound.taken()).isEqualTo(80);
    }

    @Test
    void aClaimantIsAskedForItsShareOnlyBeyondHalf() {
        var bound = bounds.add("flows", 80);
        var asked = new AtomicInteger();
        Claimant costly = () -> "share " + asked.incrementAndGet();
        for (int i = 0; i < 40; i++) {
            assertThat(bound.take(costly)).isNotNull();
        }
        assertThat(asked).hasValue(0);
        assertThat(bound.take(costly)).isNotNull();
        assertThat(asked).hasValue(1);
    }

    @Test
    void whatAShareGivesBackItCanTakeAtOnce() {
        var bound = bounds.add("flows", 80);
        var places = takeAll(bound, GREEDY);
        takeAll(bound, MODEST);
        for (int i = 0; i < 1000; i++) {
            // Both those that it took first and those that it took last.
            places.remove(i % 2 == 0 ? 0 : places.size() - 1).close();
            var again = bound.take(GREEDY);
            assertThat(again).as("after %d", i).isNotNull();
            places.add(again);
        }
    }

    @Test
    void givingBackTwiceIsGivingBackOnce() {
        var bound = bounds.add("flows", 80);
        var places = takeAll(bound, GREEDY);
        places.forEach(Bound.Place::close);
        places.forEach(Bound.Place::close);
        assertThat(bound.taken()).isZero();
        assertThat(takeAll(bound, GREEDY)).hasSize(50);
    }

    @Test
    void theDaemonItselfHasAllThatIsLeft() {
        var bound = bounds.add("flows", 80);
        takeAll(bound, GREEDY);
        assertThat(takeAll(bound, Claimant.SELF)).hasSize(30);
    }

    @Test
    void severalPlacesAreTakenTogetherOrNotAtAll() {
        var bound = bounds.add("bytes", 800);
        assertThat(bound.take(GREEDY, 400)).isNotNull();
        assertThat(bound.take(GREEDY, 101))
                .as("more than an eighth, where it has nothing yet")
                .isNotNull();
        assertThat(bound.take(GREEDY, 1)).isNull();
        assertThat(bound.take(MODEST, 60)).isNotNull();
        assertThat(bound.take(MODEST, 60)).isNull();
        assertThat(bound.taken()).isEqualTo(561);
        assertThat(bound.take(() -> "huge", Integer.MAX_VALUE)).isNull();
        assertThat(bound.take(() -> "another", 300)).as("more than there is").isNull();
    }

    @Test
    void theFewestPlacesAreEnoughForOneShareEach() {
        for (int most = 1; most < 8; most++) {
            var bound = bounds.add("few", most);
            takeAll(bound, GREEDY);
            assertThat(bound.taken()).as("of %d", most).isEqualTo(most / 2 + 1);
        }
        assertThat(bounds.add("none", 0).take(MODEST)).isNull();
    }

    @Test
    void aChangedBoundHoldsForWhatIsStillToCome() {
        var bound = bounds.add("flows", 80);
        var places = takeAll(bound, GREEDY);
        bound.most(16);
        assertThat(bound.take(MODEST)).isNull();
        places.subList(2, 50).forEach(Bound.Place::close);
        assertThat(takeAll(bound, MODEST)).hasSize(6 + 2);
        bound.most(800);
        assertThat(takeAll(bound, GREEDY)).hasSize(400 - 8 + 100);
    }

    @Test
    void refusalsAreCountedAndSaidRarelyWithTheShareThatMetThem() {
        var bound = bounds.add("flows", 80);
        takeAll(bound, GREEDY);
        IntStream.range(0, 99).forEach(_ -> assertThat(bound.take(GREEDY)).isNull());
        assertThat(bound.refused()).isEqualTo(100);
        assertThat(said).containsExactly("flows greedy");
        assertThat(bound.lastRefused()).isEqualTo("greedy");
        now.addAndGet(TimeUnit.SECONDS.toNanos(61));
        IntStream.range(0, 99).forEach(_ -> assertThat(bound.take(GREEDY)).isNull());
        assertThat(said).hasSize(2);
        for (int minute = 0; minute < 120; minute++) {
            now.addAndGet(TimeUnit.SECONDS.toNanos(60));
            assertThat(bound.take(GREEDY)).isNull();
        }
        assertThat(said).as("with pauses that double").hasSize(2 + 5);
        now.addAndGet(TimeUnit.HOURS.toNanos(3));
        assertThat(bound.take(GREEDY)).isNull();
        now.addAndGet(TimeUnit.SECONDS.toNanos(61));
        assertThat(bound.take(GREEDY)).isNull();
        assertThat(said).as("anew after a long quiet").hasSize(2 + 5 + 2);
    }

    @Test
    void whoeverComesWhenAllIsTakenIsNamedToo() {
        var bound = bounds.add("flows", 8);
        takeAll(bound, Claimant.SELF);
        said.clear();
        now.addAndGet(TimeUnit.HOURS.toNanos(3));
        assertThat(bound.take(MODEST)).isNull();
        assertThat(said).containsExactly("flows modest");
    }

    @Test
    void boundsAreListedInTheOrderInWhichTheyWereAddedFirst() {
        bounds.add("flows", 1);
        bounds.add("pipes", 2);
        var replaced = bounds.add("flows", 3);
        assertThat(bounds.all()).extracting(Bound::name).containsExactly("flows", "pipes");
        assertThat(bounds.all().getFirst()).isSameAs(replaced);
    }

    @Test
    void manyThreadsNeverTakeMoreThanThereIsAndGiveAllBack() throws Exception {
        var bound = bounds.add("flows", 64);
        var over = new AtomicInteger();
        var threads = IntStream.range(0, 8)
                .mapToObj(t -> Thread.ofPlatform().start(() -> {
                    for (int i = 0; i < 20_000; i++) {
                        try (var _ = bound.take(() -> "share " + t, 1 + i % 9)) {
                            over.addAndGet(bound.taken() > 64 ? 1 : 0);
                        }
                    }
                }))
                .toList();
        for (var thread : threads) {
            thread.join();
        }
        assertThat(over).hasValue(0);
        assertThat(bound.taken()).isZero();
        assertThat(takeAll(bound, GREEDY)).hasSize(32 + 8);
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.dns;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sluice.testkit.Await;

/** More questions at once than may be under way, while no answer comes. */
class BurstTest {
    /** Half of all, which nobody's share is looked at for, and an eighth. */
    private static final int UNDER_WAY = 256 + 64;

    private static final int WAITING = 2048 + 512;
    private static final World.Client BUSY = new World.Client("/busy", false);
    private static final World.Client MODEST = new World.Client("/modest", false);

    @TempDir
    Path directory;

    private final HeldNetwork network = new HeldNetwork();
    private World world;

    @BeforeEach
    void start() {
        world = new World(directory, "{mode: real, servers: ['udp://192.0.2.53']}", network);
    }

    @AfterEach
    void end() throws Exception {
        network.close();
        world.close();
    }

    private List<CompletableFuture<byte[]>> burst(int from, int to) {
        return IntStream.range(from, to)
                .mapToObj(i -> world.send(BUSY, Messages.query(i, "host-" + i + ".example", "A")))
                .toList();
    }

    private void awaitUnderWay(int count) {
        Await.until(
                () -> network.asked().size() + " under way",
                World.LIMIT,
                () -> network.asked().size() == count);
    }

    private static Messages.Read answer(CompletableFuture<byte[]> answer) throws Exception {
        return Messages.read(answer.get(World.LIMIT.toSeconds(), TimeUnit.SECONDS));
    }

    @Test
    void allAreAnsweredThoughOnlySoManyAreUnderWay() throws Exception {
        var answers = burst(0, 1000);
        awaitUnderWay(UNDER_WAY);
        assertThat(answers).noneMatch(CompletableFuture::isDone);
        network.answerAll();
        for (int i = 0; i < answers.size(); i++) {
            assertThat(answer(answers.get(i)).addresses()).as("host-" + i).containsExactly("192.0.2.80");
        }
        assertThat(network.asked()).hasSize(1000);
        assertThat(world.count(DnsCounter.FORWARDED)).isEqualTo(1000);
        assertThat(world.count(DnsCounter.OVER_LIMIT)).isZero();
    }

    @Test
    void eachAnswerLetsTheNextQuestionGoOnInTheOrderOfTheQueries() throws Exception {
        var answers = burst(0, UNDER_WAY + 2);
        awaitUnderWay(UNDER_WAY);
        // The last one that took a place of the application's own share.
        network.answer("host-" + (UNDER_WAY - 1) + ".example");
        awaitUnderWay(UNDER_WAY + 1);
        assertThat(network.asked())
                .contains("host-" + UNDER_WAY + ".example")
                .doesNotContain("host-" + (UNDER_WAY + 1) + ".example");
        network.answerAll();
        assertThat(answer(answers.getLast()).addresses()).containsExactly("192.0.2.80");
    }

    @Test
    void anotherApplicationDoesNotWaitForThoseOfABusyOne() throws Exception {
        var busy = burst(0, 1000);
        awaitUnderWay(UNDER_WAY);
        var own = world.send(MODEST, Messages.query(1, "own.example", "A"));
        // Of one that waits for the busy application's turn as well.
        var shared = world.send(MODEST, Messages.query(1, "host-999.example", "A"));
        network.answer("own.example");
        network.answer("host-999.example");
        assertThat(answer(own).addresses()).containsExactly("192.0.2.80");
        assertThat(answer(shared).addresses()).containsExactly("192.0.2.80");
        assertThat(answer(busy.getLast()).addresses()).containsExactly("192.0.2.80");
        assertThat(network.asked()).hasSize(UNDER_WAY + 2);
    }

    @Test
    void whatHasWaitedTooLongForItsTurnFailsAndIsNotRememberedAsFailed() throws Exception {
        var answers = burst(0, UNDER_WAY + 10);
        awaitUnderWay(UNDER_WAY);
        world.clock.addAndGet(6);
        network.answer("host-0.example");
        for (int i = UNDER_WAY; i < UNDER_WAY + 10; i++) {
            assertThat(answer(answers.get(i)).rcode()).isEqualTo(2);
        }
        network.answerAll();
        assertThat(answer(answers.getFirst()).addresses()).containsExactly("192.0.2.80");
        assertThat(world.ask("host-" + UNDER_WAY + ".example", "A").addresses()).containsExactly("192.0.2.80");
    }

    @Test
    void moreThanMayWaitAreRefusedAtOnce() throws Exception {
        var answers = new ArrayList<>(burst(0, WAITING));
        assertThat(world.count(DnsCounter.OVER_LIMIT)).isZero();
        answers.addAll(burst(WAITING, WAITING + 100));
        assertThat(world.count(DnsCounter.OVER_LIMIT)).isEqualTo(100);
        assertThat(answer(answers.getLast()).rcode()).isEqualTo(2);
        var modest = world.send(MODEST, Messages.query(1, "own.example", "A"));
        network.answerAll();
        assertThat(answer(modest).addresses()).containsExactly("192.0.2.80");
        assertThat(answer(answers.get(WAITING - 1)).addresses()).containsExactly("192.0.2.80");
    }
}

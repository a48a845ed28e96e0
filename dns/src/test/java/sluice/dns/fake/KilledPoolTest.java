// SPDX-License-Identifier: Apache-2.0
package sluice.dns.fake;

import static org.assertj.core.api.Assertions.assertThat;
import static sluice.testkit.Await.SOON;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sluice.bounds.Bounds;
import sluice.testkit.Await;
import sluice.testkit.Scale;

/** A process that gives out names is killed at random moments, again and again on the same file: nothing that it said may be forgotten. */
class KilledPoolTest {
    private static final int KILLS = Scale.of(10, 250);

    private static final int LONGEST_MILLIS = 400;
    /** Bytes of a line, about. */
    private static final int LINE = 30;

    private final Random random = new Random(Long.getLong("sluice.seed", 4));

    @TempDir
    private Path directory;

    /** What a run of the program printed before it was killed, which is about {@code mostLines} lines at most. */
    private List<String> killed(Path file, int run, String how, int mostLines) throws Exception {
        var output = directory.resolve("output");
        var process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-Xmx64m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        NameGiver.class.getName(),
                        file.toString(),
                        Integer.toString(run),
                        how)
                .redirectOutput(output.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try {
            // Every few times while it opens the file, else while it writes, however fast it does.
            if (random.nextInt(5) == 0) {
                var _ = process.waitFor(random.nextInt(LONGEST_MILLIS), TimeUnit.MILLISECONDS);
            } else {
                int enough = LINE * random.nextInt(mostLines);
                Await.until("names", SOON, () -> Files.size(output) > enough);
            }
            assertThat(process.isAlive()).as("has not ended by itself").isTrue();
        } finally {
            process.destroyForcibly().waitFor();
        }
        return completeLines(output);
    }

    private static List<String> completeLines(Path output) throws IOException {
        var text = Files.readString(output);
        return text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
    }

    private static FakePool reopened(Path file, int run, boolean small, Pools.Events events) {
        return FakePool.open(
                NameGiver.settings(file, small),
                events,
                new Bounds(Bounds.Listener.NONE),
                () -> 1 + (run + 1) * 1_000_000,
                Pools.SHORT_PAUSES);
    }

    @Test
    void everyNameThatWasGivenOutKeepsItsAddress() throws Exception {
        var file = directory.resolve("fakes");
        var given = new HashMap<String, Integer>();
        for (int run = 0; run < KILLS; run++) {
            for (var line : killed(file, run, NameGiver.AT_ONCE, 800)) {
                var words = line.split(" ");
                given.put(words[1], Integer.valueOf(words[0]));
            }
            // Within the pool: else old names would be taken back.
            var events = new Pools.Events();
            try (var pool = reopened(file, run, false, events)) {
                assertThat(events.heard).isEmpty();
                given.forEach(
                        (name, slot) -> assertThat(pool.peek(name)).as(name).isEqualTo(slot));
                assertThat(pool.view().names()).isLessThan(pool.view().capacity());
            }
        }
        assertThat(given).hasSizeGreaterThan(100 * KILLS);
    }

    @Test
    void slotsThatWereTakenForOtherNamesAreTheLatestNames() throws Exception {
        var file = directory.resolve("fakes");
        Map<Integer, String> given = new HashMap<>();
        int recycled = 0;
        for (int run = 0; run < KILLS; run++) {
            var lines = killed(file, run, NameGiver.IN_TURN, 1500);
            for (var line : lines) {
                var words = line.split(" ");
                recycled += given.put(Integer.valueOf(words[0]), words[1]) == null ? 0 : 1;
            }
            var events = new Pools.Events();
            try (var pool = reopened(file, run, true, events)) {
                assertThat(events.heard).isEmpty();
                // The last one may have been written, but not said.
                var unsaid = NameGiver.name(run, lines.size());
                int slot = pool.peek(unsaid);
                if (slot != FakePool.NONE) {
                    given.put(slot, unsaid);
                }
                var kept = new HashMap<Integer, String>();
                given.values().forEach(name -> kept.put(pool.peek(name), name));
                assertThat(kept).isEqualTo(given);
                assertThat(pool.view().names()).isEqualTo(given.size());
            }
        }
        assertThat(recycled).isGreaterThan(100 * KILLS);
    }

    @Test
    void theFileStaysSmallHoweverManyNamesCameAndWent() throws Exception {
        var pools = new Pools(directory);
        try (var pool = pools.small()) {
            long largest = 0;
            for (int i = 0; i < Scale.of(20_000, 1_000_000); i++) {
                pools.clock.addAndGet(Pools.TTL + 1);
                Pools.give(pool, "name-" + i + ".example");
                largest = Math.max(largest, Files.size(pools.file()));
            }
            assertThat(largest).isLessThan(8 << 20);
        }
        assertThat(new ArrayList<>(pools.events.heard)).isEmpty();
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.dns.fake;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import sluice.bounds.Bounds;
import sluice.bounds.Claimant;
import sluice.rules.Prefix;

/**
 * A program that gives out names until it is killed, and writes a line {@code SLOT NAME} for each one, in one piece. Arguments: the file, how many
 * runs there were before, and whether it gives them out {@code at-once} or {@code in-turn}.
 */
final class NameGiver {
    /** One at a time, from a pool that is so small that the slots are soon needed again. */
    static final String IN_TURN = "in-turn";

    /** From several threads, some at a time, and not so many that the pool would not do for all runs. */
    static final String AT_ONCE = "at-once";

    private static final int THREADS = 3;
    private static final int LARGEST_BURST = 20;
    private static final int MOST_AT_ONCE = 2000;
    private static final int MOST_IN_TURN = 100_000;

    // A clock that ticks whenever it is looked at: what was given out may be taken back at once.
    private final AtomicInteger clock;
    private final FileOutputStream out = new FileOutputStream(FileDescriptor.out);
    private final FakePool pool;
    private final int run;

    private NameGiver(Path file, int run, boolean small) {
        this.run = run;
        clock = new AtomicInteger(1 + run * 1_000_000);
        pool = FakePool.open(
                settings(file, small),
                new Pools.Events(),
                new Bounds(Bounds.Listener.NONE),
                clock::getAndIncrement,
                Scribe.Pauses.USUAL);
    }

    static FakeSettings settings(Path file, boolean small) {
        return new FakeSettings(
                Prefix.parse(small ? "198.18.0.0/22" : "198.16.0.0/12"),
                Prefix.parse("fd00:5315::/96"),
                Duration.ZERO,
                file);
    }

    /** The name that a run gives out as its Nth. */
    static String name(int run, int number) {
        return "host-" + number + ".of-run-" + run + ".example";
    }

    public static void main(String[] arguments) throws Exception {
        boolean inTurn = arguments[2].equals(IN_TURN);
        var giver = new NameGiver(Path.of(arguments[0]), Integer.parseInt(arguments[1]), inTurn);
        if (inTurn) {
            giver.giveInTurn();
        } else {
            for (int i = 0; i < THREADS; i++) {
                int first = i;
                Thread.ofPlatform().start(() -> giver.giveAtOnce(first));
            }
        }
        // For a parent that does not kill it.
        new CountDownLatch(1).await(1, TimeUnit.MINUTES);
    }

    private void giveInTurn() throws Exception {
        for (int number = 0; number < MOST_IN_TURN; number++) {
            var name = name(run, number);
            print(Pools.give(pool, name), name);
        }
    }

    private void giveAtOnce(int first) {
        var random = new Random(first);
        for (int number = first; number < MOST_AT_ONCE; ) {
            int burst = 1 + random.nextInt(LARGEST_BURST);
            var pending = new CountDownLatch(burst);
            for (int i = 0; i < burst; i++, number += THREADS) {
                var name = name(run, number);
                pool.assign(name, Claimant.SELF, slot -> {
                    print(slot, name);
                    pending.countDown();
                });
            }
            try {
                pending.await();
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private void print(int slot, String name) {
        try {
            out.write((slot + " " + name + "\n").getBytes(US_ASCII));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

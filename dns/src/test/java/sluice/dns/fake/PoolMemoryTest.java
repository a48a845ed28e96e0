// SPDX-License-Identifier: Apache-2.0
package sluice.dns.fake;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.ref.WeakReference;
import java.nio.file.Path;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sluice.bounds.Claimant;
import sluice.testkit.Await;

/** What the pool costs on the heap, its file's store included. */
class PoolMemoryTest {
    private static final int NAMES = 100_000;
    // The names themselves; about 40 bytes of numbers for each and room for more come to them.
    private static final long LEAST_BYTES = 60 * NAMES;
    private static final long MOST_BYTES = 100 * NAMES;

    @TempDir
    private Path directory;

    private static String name(int number) {
        return "host-" + number + ".sub.example.org";
    }

    private static long heapInUse() {
        // SerialGC leaves some garbage where it lies, but for every fourth time (MarkSweepAlwaysCompactCount).
        for (int i = 0; i < 4; i++) {
            System.gc();
        }
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    private static void giveAll(FakePool pool) throws InterruptedException {
        var room = new Semaphore(1000);
        for (int i = 0; i < NAMES; i++) {
            room.acquire();
            pool.assign(name(i), Claimant.SELF, _ -> room.release());
        }
        room.acquire(1000);
    }

    @Test
    void aNewNameTakesAFewDozenBytes() throws Exception {
        long before = heapInUse();
        try (var pool = new Pools(directory).usual()) {
            giveAll(pool);
            assertThat(heapInUse() - before).isBetween(LEAST_BYTES, MOST_BYTES);
            assertThat(pool.view().names()).isEqualTo(NAMES);
        }
    }

    @Test
    void aNameThatWasReadTakesAFewDozenBytes() throws Exception {
        var written = write();
        // Its threads may not have ended yet.
        Await.until("the first pool to be garbage", Await.SOON, () -> {
            System.gc();
            return written.get() == null;
        });
        long before = heapInUse();
        try (var pool = new Pools(directory).usual()) {
            assertThat(heapInUse() - before).isBetween(LEAST_BYTES, MOST_BYTES);
            assertThat(pool.view().names()).isEqualTo(NAMES);
        }
    }

    /** In a frame of its own, so that nothing of it is reachable afterwards. */
    private WeakReference<FakePool> write() throws InterruptedException {
        try (var pool = new Pools(directory).usual()) {
            giveAll(pool);
            return new WeakReference<>(pool);
        }
    }
}

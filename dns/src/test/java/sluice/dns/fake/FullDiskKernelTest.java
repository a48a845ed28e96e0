// SPDX-License-Identifier: Apache-2.0
package sluice.dns.fake;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sluice.testkit.Await;
import sluice.testkit.KernelTest;

/** A file system that is full, for a while. */
@KernelTest
class FullDiskKernelTest {
    private static final int BYTES = 1 << 20;

    @TempDir
    private Path directory;

    private Pools pools;

    @BeforeEach
    void mount() throws Exception {
        run("mount", "-t", "tmpfs", "-o", "size=" + BYTES, "none", directory.toString());
        pools = new Pools(directory);
    }

    @AfterEach
    void unmount() throws Exception {
        run("umount", "--lazy", directory.toString());
    }

    private static void run(String... command) throws Exception {
        var process = new ProcessBuilder(command).inheritIO().start();
        assertThat(process.waitFor()).as(String.join(" ", command)).isZero();
    }

    /** Leaves no byte. */
    private Path fill() throws IOException {
        var ballast = directory.resolve("ballast");
        try (var out = Files.newOutputStream(ballast)) {
            while (true) {
                out.write(new byte[4096]);
            }
        } catch (IOException e) {
            assertThat(e).hasMessageContaining("No space left");
        }
        return ballast;
    }

    @Test
    void namesAreGivenOutThatIsSaidOnceAndTheyAreRememberedWhenThereIsRoom() throws Exception {
        try (var pool = pools.usual()) {
            int before = Pools.give(pool, "before.example");
            var ballast = fill();
            int i = 0;
            while (pool.view().notRemembered().isEmpty()) {
                assertThat(Pools.give(pool, "full-" + i++ + ".example")).isNotEqualTo(FakePool.NONE);
            }
            assertThat(pool.view().notRemembered())
                    .hasValueSatisfying(
                            reason -> assertThat(reason).contains(pools.file().toString()));
            assertThat(Pools.give(pool, "meanwhile.example")).isNotEqualTo(FakePool.NONE);
            assertThat(pool.slot("before.example")).isEqualTo(before);
            assertThat(pools.events.heard).hasSize(1);

            Files.delete(ballast);
            Await.until(
                    "everything is remembered",
                    Pools.LIMIT,
                    () -> pool.view().notRemembered().isEmpty());
            assertThat(pools.events.heard).hasSize(2).endsWith("remembered");
        }
        try (var pool = pools.usual()) {
            assertThat(pool.peek("meanwhile.example")).isNotEqualTo(FakePool.NONE);
            assertThat(pool.peek("before.example")).isNotEqualTo(FakePool.NONE);
        }
    }

    @Test
    void aDiskThatIsFullFromTheStartIsNoObstacle() throws Exception {
        var ballast = fill();
        try (var pool = pools.usual()) {
            int slot = Pools.give(pool, "example.org");
            assertThat(pool.slot("example.org")).isEqualTo(slot);
            assertThat(pools.events.heard).hasSize(1);
            Files.delete(ballast);
            Await.until(
                    "it is remembered",
                    Pools.LIMIT,
                    () -> pool.view().notRemembered().isEmpty());
        }
        try (var pool = pools.usual()) {
            assertThat(pool.peek("example.org")).isNotEqualTo(FakePool.NONE);
        }
    }
}

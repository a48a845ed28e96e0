// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import sluice.testkit.Await;
import sluice.testkit.CgroupSandbox;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;
import sluice.testkit.Scale;

/** Many cgroups at once: nothing is missing and nothing is stale soon after it ended. */
@KernelTest
class BurstKernelTest {
    private static final Duration SETTLED = Await.SOON;
    private static final List<String> KINDS = List.of("drop", "proxy", "direct", "other");
    private static final Path QUEUE = Path.of("/proc/sys/fs/inotify/max_queued_events");

    private static String name(int number) {
        return KINDS.get(number % KINDS.size()) + number;
    }

    private static void make(Path root, int count) throws IOException {
        for (int i = 0; i < count; i++) {
            Files.createDirectory(root.resolve(name(i)));
        }
    }

    private static void remove(Path root, int count) throws IOException {
        for (int i = 0; i < count; i++) {
            Files.delete(root.resolve(name(i)));
        }
    }

    @Test
    void aFlatBurstOfNewAndRemovedCgroups(Lab lab) throws Exception {
        int count = Scale.of(4_000, 20_000);
        try (var cgroups = CgroupSandbox.create("flat");
                var daemon = SluiceDaemon.start(lab, cgroups, NamePolicy.RULES)) {
            make(cgroups.root(), count);
            NamePolicy.awaitInForce(cgroups.root(), SETTLED);
            remove(cgroups.root(), count);
            NamePolicy.awaitInForce(cgroups.root(), SETTLED);
            make(cgroups.root(), count);
            remove(cgroups.root(), count);
            NamePolicy.awaitInForce(cgroups.root(), SETTLED);
            assertThat(daemon.alive()).isTrue();
        }
    }

    @Test
    void aNestedBurst(Lab lab) throws Exception {
        int count = Scale.of(1_000, 5_000);
        try (var cgroups = CgroupSandbox.create("nested");
                var daemon = SluiceDaemon.start(lab, cgroups, NamePolicy.RULES)) {
            var leaves = new ArrayList<Path>();
            for (int i = 0; i < count; i++) {
                leaves.add(cgroups.cgroup(name(i) + "/" + name(i / 4) + "/" + name(i / 16) + "/" + name(i / 64)));
            }
            NamePolicy.awaitInForce(cgroups.root(), SETTLED);
            for (var leaf : leaves) {
                for (var at = leaf; !at.equals(cgroups.root()); at = Objects.requireNonNull(at.getParent())) {
                    Files.delete(at);
                }
            }
            NamePolicy.awaitInForce(cgroups.root(), SETTLED);
            assertThat(daemon.alive()).isTrue();
        }
    }

    @Test
    void churnWhileStarting(Lab lab) throws Exception {
        try (var cgroups = CgroupSandbox.create("churn");
                var thread = Executors.newSingleThreadExecutor()) {
            make(cgroups.root(), 500);
            var stop = new AtomicBoolean();
            var churn = thread.submit(() -> {
                for (int round = 0; !stop.get(); round++) {
                    for (int i = 500; i < 600; i++) {
                        cgroups.cgroup(name(i) + "/" + name(i + round));
                    }
                    for (int i = 500; i < 600; i++) {
                        Files.delete(cgroups.root().resolve(name(i) + "/" + name(i + round)));
                    }
                }
                return null;
            });
            try (var daemon = SluiceDaemon.start(lab, cgroups, NamePolicy.RULES)) {
                stop.set(true);
                churn.get();
                NamePolicy.awaitInForce(cgroups.root(), SETTLED);
                assertThat(daemon.alive()).isTrue();
            } finally {
                stop.set(true);
            }
        }
    }

    @Test
    void moreEventsThanTheQueueHolds(Lab lab) throws Exception {
        int count = Integer.parseInt(Files.readString(QUEUE).strip()) + 500;
        try (var cgroups = CgroupSandbox.create("overflow");
                var daemon = SluiceDaemon.start(lab, cgroups, NamePolicy.RULES)) {
            // A stopped process reads no events, so that the queue is full for certain.
            lab.here().run("kill", "-STOP", Long.toString(daemon.pid()));
            int left = 1_000;
            make(cgroups.root(), left);
            for (int i = left; i < count; i++) {
                Files.delete(Files.createDirectory(cgroups.root().resolve(name(i))));
            }
            lab.here().run("kill", "-CONT", Long.toString(daemon.pid()));
            NamePolicy.awaitInForce(cgroups.root(), SETTLED);
            remove(cgroups.root(), left);
            NamePolicy.awaitInForce(cgroups.root(), SETTLED);
        }
    }
}

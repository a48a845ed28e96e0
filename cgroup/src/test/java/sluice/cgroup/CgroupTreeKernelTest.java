// SPDX-License-Identifier: Apache-2.0
package sluice.cgroup;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import sluice.linux.KernelString;
import sluice.testkit.Await;
import sluice.testkit.CgroupSandbox;
import sluice.testkit.KernelTest;
import sluice.testkit.Scale;

@KernelTest
class CgroupTreeKernelTest {
    private static final Duration SETTLED = Await.SOON;
    private static final Path QUEUE_LIMIT = Path.of("/proc/sys/fs/inotify/max_queued_events");

    private CgroupSandbox sandbox;

    @BeforeEach
    void open() throws Exception {
        sandbox = CgroupSandbox.create("tree");
    }

    @AfterEach
    void close() throws Exception {
        sandbox.close();
    }

    @Test
    void whatExistsIsReportedParentsFirstWithIdAndLevel() throws Exception {
        var leaf = sandbox.cgroup("a/b/c");
        try (var follower = Follower.start(sandbox.root())) {
            follower.awaitReality(SETTLED);
            assertThat(follower.history).extracting(c -> c.cgroup().path()).containsExactly("/a", "/a/b", "/a/b/c");
            var expected = new Cgroup((Long) Files.getAttribute(leaf, "unix:ino"), "/a/b/c", 4);
            assertThat(follower.known.values()).contains(expected);
            assertThat(follower.tree.find("/a/b/c")).contains(expected);
            assertThat(follower.tree.find("/a/none")).isEmpty();
            assertThat(follower.tree.cgroups()).hasSize(3);
        }
    }

    @Test
    void aNewCgroupIsReportedAndItsRemovalToo() throws Exception {
        try (var follower = Follower.start(sandbox.root())) {
            follower.awaitReality(SETTLED);
            var cgroup = sandbox.cgroup("new.service");
            Await.until("reported", SETTLED, () -> follower.known.size() == 1);
            Files.delete(cgroup);
            Await.until("removed", SETTLED, follower.known::isEmpty);
            assertThat(follower.history)
                    .hasExactlyElementsOfTypes(CgroupChange.Created.class, CgroupChange.Removed.class);
        }
    }

    @Test
    void aBurstOfCreationAndRemovalLeavesNothingMissingAndNothingStale() throws Exception {
        int count = Scale.of(5_000, 20_000);
        try (var follower = Follower.start(sandbox.root())) {
            for (int i = 0; i < count; i++) {
                sandbox.cgroup("burst-" + i);
            }
            follower.awaitReality(SETTLED);
            assertThat(follower.known).hasSize(count);
            for (int i = 0; i < count; i++) {
                Files.delete(sandbox.root().resolve("burst-" + i));
            }
            follower.awaitReality(SETTLED);
            assertThat(follower.known).isEmpty();
            awaitWatches(follower, 1);
        }
    }

    @Test
    void nestedDirectoriesMadeAtOnceAreAllSeen() throws Exception {
        int count = Scale.of(1_000, 5_000);
        try (var follower = Follower.start(sandbox.root())) {
            for (int i = 0; i < count; i++) {
                sandbox.cgroup("n" + i + "/b/c/d");
            }
            follower.awaitReality(SETTLED);
            assertThat(follower.known).hasSize(4 * count);
            awaitWatches(follower, 4 * count + 1);
        }
    }

    @Test
    void churnDuringTheFirstScanIsNotLost() throws Exception {
        for (int i = 0; i < 500; i++) {
            sandbox.cgroup("before-" + i + "/x");
        }
        var churn = Thread.ofPlatform().start(() -> churn(new Random(7), Scale.of(5_000, 50_000)));
        try (var follower = Follower.start(sandbox.root())) {
            churn.join();
            follower.awaitReality(SETTLED);
            awaitWatches(follower, follower.known.size() + 1);
        }
    }

    private void churn(Random random, int steps) {
        for (int i = 0; i < steps; i++) {
            var path = sandbox.root().resolve("c" + random.nextInt(30));
            Await.ignoringFailure(() -> Files.createDirectory(path));
            Await.ignoringFailure(() -> Files.createDirectory(path.resolve("sub")));
            if (random.nextBoolean()) {
                Await.ignoringFailure(() -> Files.delete(path.resolve("sub")));
                Await.ignoringFailure(() -> Files.delete(path));
            }
        }
    }

    @Test
    void aNameUsedAgainAtOnceIsAnotherCgroupAndIsWatched() throws Exception {
        try (var follower = Follower.start(sandbox.root())) {
            var path = sandbox.root().resolve("same");
            for (int i = 0; i < 2_000; i++) {
                Files.createDirectory(path);
                Files.delete(path);
            }
            Files.createDirectories(path.resolve("child"));
            follower.awaitReality(SETTLED);
            Files.createDirectory(path.resolve("late"));
            follower.awaitReality(SETTLED);
            assertThat(follower.known).hasSize(3);
            awaitWatches(follower, 4);
        }
    }

    @Test
    void anOverflowingQueueIsMadeUpForByAScan() throws Exception {
        sandbox.cgroup("stays/child");
        sandbox.cgroup("goes/child");
        var replaced = sandbox.cgroup("replaced");
        try (var follower = new Follower(sandbox.root())) {
            follower.tree.resync();
            // The limit is the whole machine's, so it is reached rather than lowered; nobody reads the queue meanwhile.
            // By lines, because a sysctl answers the first read(2) only, and readString begins with one byte.
            int limit = Integer.parseInt(Files.readAllLines(QUEUE_LIMIT).getFirst());
            for (int i = 0; i <= limit / 2; i++) {
                Files.delete(sandbox.cgroup("filler"));
            }
            for (int i = 0; i < 100; i++) {
                sandbox.cgroup("more-" + i + "/child");
            }
            Files.delete(sandbox.root().resolve("goes/child"));
            Files.delete(sandbox.root().resolve("goes"));
            Files.delete(replaced);
            Files.createDirectory(replaced);
            Await.until("an overflow seen", SETTLED, () -> {
                follower.poller.await(Duration.ZERO);
                return follower.tree.overflows() == 1;
            });
            follower.awaitReality(Duration.ZERO);
            assertThat(follower.known).hasSize(2 + 200 + 1);
            sandbox.cgroup("replaced/child");
            follower.poller.await(Await.SOON);
            follower.awaitReality(Duration.ZERO);
            awaitWatches(follower, follower.known.size() + 1);
        }
    }

    @Test
    void aResyncWithoutAChangeReportsNothing() throws Exception {
        sandbox.cgroup("a/b");
        try (var follower = new Follower(sandbox.root())) {
            follower.tree.resync();
            int before = follower.history.size();
            follower.tree.resync();
            assertThat(follower.history).hasSize(before);
        }
    }

    @Test
    void aCgroupThatCameAndWentBeforeAnybodyLookedIsNotMentioned() throws Exception {
        try (var follower = new Follower(sandbox.root())) {
            follower.tree.resync();
            Files.delete(sandbox.cgroup("brief"));
            follower.poller.await(Duration.ZERO);
            assertThat(follower.history).isEmpty();
            assertThat(follower.tree.size()).isZero();
        }
    }

    @Test
    void hostileNamesAreFollowedLikeOthers() throws Exception {
        try (var follower = Follower.start(sandbox.root())) {
            var names = new ArrayList<String>(
                    List.of("x".repeat(255), "\033[31mred", "with space", "-rf", "$(reboot)", "\\x2d"));
            for (var name : names) {
                sandbox.cgroup(name + "/child");
            }
            run("mkdir -p \"$0/$(printf 'bad-\\377\\376')/$(printf '\\355\\263\\277')\"");
            follower.awaitReality(SETTLED);
            names.add(KernelString.decode(new byte[] {'b', 'a', 'd', '-', (byte) 0xFF, (byte) 0xFE}));
            for (var name : names) {
                assertThat(follower.known.values())
                        .anyMatch(cgroup -> cgroup.path().equals("/" + name));
            }
            run(
                    "rmdir \"$0/$(printf 'bad-\\377\\376')/$(printf '\\355\\263\\277')\" \"$0/$(printf 'bad-\\377\\376')\"");
            follower.awaitReality(SETTLED);
            assertThat(follower.known).hasSize(12);
        }
    }

    @Test
    void aRootThatIsRemovedTakesItsCgroupsAlongAndMayComeBack() throws Exception {
        var root = sandbox.cgroup("managed");
        var child = sandbox.cgroup("managed/child");
        try (var follower = new Follower(root)) {
            follower.tree.resync();
            Files.delete(child);
            Files.delete(root);
            follower.poller.await(Duration.ZERO);
            follower.tree.resync();
            assertThat(follower.known).isEmpty();
            assertThat(follower.degradations).isNotEmpty();
            sandbox.cgroup("managed/again");
            follower.tree.resync();
            assertThat(follower.known).hasSize(1);
            assertThat(follower.degradations).isEmpty();
        }
    }

    /** What the kernel keeps for the tree is what the tree keeps: watches on dead directories would pin them. */
    private static void awaitWatches(Follower follower, int expected) {
        Await.until(expected + " watches", SETTLED, () -> watches() == expected);
        assertThat(follower.degradations).isEmpty();
    }

    private static long watches() throws IOException {
        long count = 0;
        try (var descriptors = Files.list(Path.of("/proc/self/fdinfo"))) {
            for (var info : descriptors.toList()) {
                count += watches(info);
            }
        }
        return count;
    }

    private static long watches(Path info) throws IOException {
        try (var lines = Files.lines(info)) {
            return lines.filter(line -> line.startsWith("inotify wd:")).count();
        } catch (NoSuchFileException e) {
            // The descriptor of the listing itself.
            return 0;
        }
    }

    private void run(String script) throws Exception {
        var process = new ProcessBuilder("sh", "-c", script, sandbox.root().toString())
                .inheritIO()
                .start();
        assertThat(process.waitFor()).isZero();
    }
}

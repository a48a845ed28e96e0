// SPDX-License-Identifier: Apache-2.0
package sluice.cgroup;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import sluice.testkit.Await;
import sluice.testkit.CgroupSandbox;
import sluice.testkit.KernelTest;

/** Limits are lowered in a user namespace of a JVM's own, where they are nobody else's. */
@KernelTest
class ExhaustionKernelTest {
    private static final Path WATCHES = Path.of("/proc/sys/user/max_inotify_watches");
    private static final Path INSTANCES = Path.of("/proc/sys/user/max_inotify_instances");

    /** Without enough watches: what is missed is found by a resync, and with enough again everything is followed. */
    static final class WithoutWatches {
        public static void main(String[] arguments) throws Exception {
            var root = Path.of(arguments[0]);
            Files.createDirectories(root.resolve("a/b"));
            Files.writeString(WATCHES, "2");
            try (var follower = new Follower(root)) {
                follower.tree.resync();
                assertThat(follower.known).hasSize(2);
                assertThat(follower.degradations).hasSize(1);
                assertThat(follower.degradations.peek()).hasMessageContaining("fs.inotify.max_user_watches");
                Files.createDirectory(root.resolve("a/b/unseen"));
                follower.poller.await(Duration.ZERO);
                assertThat(follower.known).hasSize(2);
                follower.tree.resync();
                assertThat(follower.tree.isDegraded()).isTrue();
                follower.awaitReality(Duration.ZERO);
                recover(follower, root, WATCHES);
            }
        }
    }

    /** Without an instance: scans alone keep the tree. */
    static final class WithoutInstances {
        public static void main(String[] arguments) throws Exception {
            var root = Path.of(arguments[0]);
            Files.createDirectories(root.resolve("a/b/c"));
            Files.writeString(INSTANCES, "0");
            try (var follower = new Follower(root)) {
                follower.tree.resync();
                assertThat(follower.degradations.peek()).hasMessageContaining("fs.inotify.max_user_instances");
                Files.delete(root.resolve("a/b/c"));
                follower.tree.resync();
                follower.awaitReality(Duration.ZERO);
                recover(follower, root, INSTANCES);
            }
        }
    }

    private static void recover(Follower follower, Path root, Path limit) throws Exception {
        Files.writeString(limit, "100");
        follower.tree.resync();
        assertThat(follower.tree.isDegraded()).isFalse();
        assertThat(follower.degradations).isEmpty();
        Files.createDirectory(root.resolve("a/b/seen"));
        assertThat(follower.poller.await(Await.SOON)).isEqualTo(1);
        follower.awaitReality(Duration.ZERO);
    }

    @Test
    void exhaustedWatchesAreToldAndMadeUpForByResyncs() throws Exception {
        runInUserNamespace(WithoutWatches.class);
    }

    @Test
    void exhaustedInstancesAreToldAndMadeUpForByResyncs() throws Exception {
        runInUserNamespace(WithoutInstances.class);
    }

    private static void runInUserNamespace(Class<?> main) throws Exception {
        try (var sandbox = CgroupSandbox.create("limits")) {
            var process = new ProcessBuilder(
                            "unshare",
                            "--user",
                            "--map-root-user",
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "--enable-native-access=ALL-UNNAMED",
                            "-cp",
                            System.getProperty("java.class.path"),
                            main.getName(),
                            sandbox.root().toString())
                    .redirectErrorStream(true)
                    .start();
            var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor()).as(output).isZero();
        }
    }
}

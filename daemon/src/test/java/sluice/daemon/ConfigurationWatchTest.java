// SPDX-License-Identifier: Apache-2.0
package sluice.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(200)
class ConfigurationWatchTest {
    @TempDir
    private Path directory;

    @Test
    void aWatchThatIsClosedWhileALookIsDueLooksNoMore() throws Exception {
        var file = Files.writeString(directory.resolve("config.yaml"), "a");
        try (var loop = ControlLoop.open()) {
            var watch = new ConfigurationWatch(loop, () -> {
                throw new AssertionError("it was closed");
            });
            watch.follow(Map.of(file, FileFingerprint.of(file)));
            Files.writeString(file, "another content");
            // The change has been noticed, and the look is due once the directory has been quiet.
            loop.after(ConfigurationWatch.QUIET.dividedBy(2), watch::close);
            loop.after(ConfigurationWatch.QUIET.multipliedBy(2), loop::stop);
            loop.run();
        }
    }

    @Test
    void whatChangedWhileItWasReadIsNoticed() throws Exception {
        var file = Files.writeString(directory.resolve("config.yaml"), "a");
        var before = FileFingerprint.of(file);
        Files.writeString(file, "another content");
        var gone = directory.resolve("gone");
        try (var loop = ControlLoop.open()) {
            var watch = new ConfigurationWatch(loop, loop::stop);
            watch.follow(Map.of(file, before, gone, FileFingerprint.of(gone)));
            loop.run();
            watch.close();
        }
    }

    @Test
    void filesOfAReadingThatFailedAreWatchedBesideThoseOfTheOneBefore() throws Exception {
        var first = Files.writeString(directory.resolve("first"), "a");
        var missing = directory.resolve("missing");
        for (var written : new Path[] {first, missing}) {
            try (var loop = ControlLoop.open()) {
                var watch = new ConfigurationWatch(loop, loop::stop);
                watch.follow(Map.of(first, FileFingerprint.of(first)));
                watch.followToo(Map.of(missing, FileFingerprint.of(missing)));
                loop.after(Duration.ZERO, () -> Files.writeString(written, "another content"));
                loop.run();
                watch.close();
            }
        }
    }

    @Test
    void itMayBeginAnewWithOtherFiles() throws Exception {
        var first = Files.writeString(directory.resolve("first"), "a");
        var second = Files.writeString(directory.resolve("second"), "a");
        try (var loop = ControlLoop.open()) {
            var watch = new ConfigurationWatch(loop, loop::stop);
            watch.follow(Map.of(first, FileFingerprint.of(first)));
            watch.close();
            watch.follow(Map.of(second, FileFingerprint.of(second)));
            loop.after(Duration.ZERO, () -> Files.writeString(second, "another content"));
            loop.run();
            assertThat(watch.obstacle()).isEmpty();
            watch.close();
        }
    }
}

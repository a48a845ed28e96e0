// SPDX-License-Identifier: Apache-2.0
package sluice.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
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
            watch.follow(List.of(file));
            Files.writeString(file, "another content");
            // The change has been noticed, and the look is due once the directory has been quiet.
            loop.after(ConfigurationWatch.QUIET.dividedBy(2), watch::close);
            loop.after(ConfigurationWatch.QUIET.multipliedBy(2), loop::stop);
            loop.run();
        }
    }

    @Test
    void itMayBeginAnewWithOtherFiles() throws Exception {
        var first = Files.writeString(directory.resolve("first"), "a");
        var second = Files.writeString(directory.resolve("second"), "a");
        try (var loop = ControlLoop.open()) {
            var watch = new ConfigurationWatch(loop, loop::stop);
            watch.follow(List.of(first));
            watch.close();
            watch.follow(List.of(second));
            loop.after(Duration.ZERO, () -> Files.writeString(second, "another content"));
            loop.run();
            assertThat(watch.obstacle()).isEmpty();
            watch.close();
        }
    }
}

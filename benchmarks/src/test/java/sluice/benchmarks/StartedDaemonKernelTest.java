// SPDX-License-Identifier: Apache-2.0
package sluice.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;

@KernelTest
class StartedDaemonKernelTest {
    @Test
    void readinessIsMeasuredFromTheStart(Lab lab) throws Exception {
        var program = script(lab, """
                #!/bin/sh
                test "$1 $2 $3" = "daemon -c /none" || exit 2
                sleep 0.2
                systemd-notify --ready --no-block
                exec sleep 60
                """);
        try (var daemon = StartedDaemon.start(lab, program, Path.of("/none"))) {
            assertThat(daemon.readyMillis()).isGreaterThanOrEqualTo(200.0);
            assertThat(daemon.memoryMebibytes("VmRSS")).isBetween(0.1, 100.0);
        }
    }

    private static Path script(Lab lab, String text) throws Exception {
        var file = lab.file("program", text);
        assertThat(file.toFile().setExecutable(true)).isTrue();
        return file;
    }

    @Test
    void aDaemonThatEndsEarlyIsSaidSo(Lab lab) throws Exception {
        var program = script(lab, "#!/bin/sh\necho broken >&2\nexit 4\n");
        assertThatThrownBy(() ->
                        StartedDaemon.start(lab, program, Path.of("/none")).close())
                .hasMessageContaining("exit status 4")
                .hasMessageContaining("broken");
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;

/** What the build rehearses is there, and good for the program as it is started: without it all works, only slower. */
@KernelTest
class LearnedKernelTest {
    @ParameterizedTest
    @ValueSource(strings = {"--version", "status --help", "daemon --help"})
    void theProgramStartsFromWhatItLearned(String command, Lab lab) throws Exception {
        var started = SluiceDaemon.command(lab, command.split(" ", -1))
                // JEP 514: no start without a cache that can be used.
                .with("JAVA_TOOL_OPTIONS", "-XX:AOTMode=on")
                .run();
        assertThat(started.out()).startsWith(command.equals("--version") ? "sluice " : "Usage: sluice ");
    }
}

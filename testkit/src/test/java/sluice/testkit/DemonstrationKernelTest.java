// SPDX-License-Identifier: Apache-2.0
package sluice.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** The demonstration's own machinery, with a program in Sluice's place that does nothing. */
@KernelTest
class DemonstrationKernelTest {
    private static final Path DEMO =
            Path.of(Objects.requireNonNull(System.getProperty("sluice.repository"), "run through Maven"), "demo");

    @Test
    void aPolicyThatIsNotInForceIsNoticed(Lab lab) throws Exception {
        var output = demonstration(lab).within(Duration.ofSeconds(60)).attempt();
        assertThat(output.status()).isEqualTo(1);
        assertThat(output.out())
                .contains(
                        "DIFFERENT  curl over IPv4: the relay has it",
                        "DIFFERENT  curl over IPv6: likewise",
                        "DIFFERENT  ping: not even that",
                        "DIFFERENT  packets that reached the other end meanwhile: none",
                        "differences from the policy")
                .contains("ok         curl over IPv4: the site answers");
        assertNothingIsLeft(lab);
    }

    @Test
    void anInterruptionLeavesNothing(Lab lab) throws Exception {
        for (var signal : List.of("INT", "TERM", "HUP")) {
            var running = demonstration(lab).start();
            running.awaitOutput("The terminal", Await.SOON);
            lab.here().script("kill -" + signal + " " + running.process().pid());
            assertThat(running.await(Await.SOON).status()).isEqualTo("INT".equals(signal) ? 130 : 143);
            assertNothingIsLeft(lab);
        }
    }

    @Test
    void theStoryRefusesTheMachinesOwnNetwork(Lab lab) throws Exception {
        var here = Files.readSymbolicLink(Path.of("/proc/self/ns/net")).toString();
        var output = lab.here()
                .command(DEMO.resolve("story").toString())
                .with("SLUICE_PARENT_NETNS", here)
                .attempt();
        assertThat(output.status()).isEqualTo(4);
        assertThat(output.err()).contains("refusing to touch the machine's own network");
    }

    private static Command demonstration(Lab lab) throws IOException {
        Files.createDirectories(temporary(lab));
        var idle = lab.file("idle", "#!/bin/sh\n[ \"$1\" != daemon ] || exec sleep 100\n");
        assertThat(idle.toFile().setExecutable(true)).isTrue();
        // As at a terminal: jobs in the background ignore SIGINT, and with nohup SIGHUP, perhaps these tests as well.
        return lab.here()
                .command("env", "--default-signal", DEMO.resolve("run").toString())
                .with("SLUICE", idle.toString())
                .with("TMPDIR", temporary(lab).toString());
    }

    private static Path temporary(Lab lab) {
        return lab.directory().resolve("tmp");
    }

    private static void assertNothingIsLeft(Lab lab) throws IOException {
        assertThat(temporary(lab)).isEmptyDirectory();
        try (var cgroups = Files.list(CgroupSandbox.mount())) {
            assertThat(cgroups.map(cgroup -> cgroup.getFileName().toString()))
                    .noneMatch(name -> name.startsWith("sluice-demo-"));
        }
        assertThat(lab.here().run("ip", "-brief", "link").out()).doesNotContain("wan");
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import static org.assertj.core.api.Assertions.assertThat;
import static sluice.testkit.Await.SOON;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import sluice.testkit.Await;
import sluice.testkit.CProgram;
import sluice.testkit.CgroupSandbox;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;

/** The daemon below a parent that plays systemd: notifications, the watchdog, the descriptor store. */
@KernelTest
class ServiceManagerKernelTest {
    private static final Pattern START = Pattern.compile("start pid (\\d+) descriptors (\\d+)\n");

    @Test
    void itTellsWhatItDoesAndItsControlSocketOutlivesIt(Lab lab) throws Exception {
        try (var cgroups = CgroupSandbox.create("service")) {
            cgroups.cgroup("drop-a");
            var file = SluiceDaemon.write(lab, cgroups, NamePolicy.RULES);
            var manager = List.of(
                    CProgram.of("service-manager").executable().toString(),
                    lab.directory().resolve("notify").toString(),
                    "2");
            try (var daemon = SluiceDaemon.launch(lab, file, Map.of(), manager)) {
                daemon.awaitReady().awaitLog("READY=1\n", SOON).awaitLog("stored control\n", SOON);
                NamePolicy.awaitInForce(cgroups.root(), SOON);
                await(daemon, "three signs of life", "(?s).*(WATCHDOG=1\n.*){3}");

                lab.here().script("kill -HUP " + start(daemon, 0, 0));
                await(daemon, "a reload", "(?s).*READY=1\n.*RELOADING=1\nMONOTONIC_USEC=[0-9]+\n.*READY=1\n.*");
                daemon.cli("reload");
                await(daemon, "another one", "(?s).*(RELOADING=1\nMONOTONIC_USEC=[0-9]+\n.*READY=1\n.*){2}");

                var socket = SluiceDaemon.runDirectory(lab).resolve("control.sock");
                var inode = Files.getAttribute(socket, "unix:ino");
                lab.here().script("kill -KILL " + start(daemon, 0, 0));
                daemon.awaitLog("end 137\n", SOON);
                // Nobody is refused: whoever comes now waits for the next run, which serves the same socket.
                assertThat(daemon.cli("status").out()).contains("drop");
                assertThat(Files.getAttribute(socket, "unix:ino")).isEqualTo(inode);

                lab.here().script("kill -TERM " + start(daemon, 1, 1));
                daemon.awaitLog("STOPPING=1\n", SOON);
                assertThat(daemon.await(SOON).out()).endsWith("end 0\n");
            }
            KernelState.assertNothingLeft(lab);
        }
    }

    private static void await(SluiceDaemon daemon, String what, String pattern) {
        Await.until(what, SOON, () -> daemon.log().matches(pattern));
    }

    /** The pid of a run, which has been given so many descriptors. */
    private static String start(SluiceDaemon daemon, int run, int descriptors) throws IOException {
        var starts = START.matcher(daemon.log()).results().toList();
        assertThat(starts).hasSizeGreaterThan(run);
        assertThat(starts.get(run).group(2)).isEqualTo("" + descriptors);
        return starts.get(run).group(1);
    }
}

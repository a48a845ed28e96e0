// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import sluice.testkit.Await;
import sluice.testkit.CgroupSandbox;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;
import sluice.testkit.Scale;

/** The daemon's memory and descriptors over its life. */
@KernelTest
class GrowthKernelTest {
    private static final int AT_ONCE = 100;
    private static final long TOLERATED_KIB = 2_048;

    @Test
    @Timeout(1200)
    void comingAndGoingCgroupsLeaveNothingInTheDaemon(Lab lab) throws Exception {
        try (var cgroups = CgroupSandbox.create("growth");
                var daemon = SluiceDaemon.start(lab, cgroups, NamePolicy.RULES)) {
            // The heap has its working size, and every path has run, after the first part; in the long run also the
            // collection of
            // what gone cgroups leave.
            cycles(cgroups, Scale.of(10_000, 200_000));
            long memory = anonymousKib(daemon);
            long descriptors = descriptors(daemon);
            cycles(cgroups, Scale.of(10_000, 100_000));
            assertThat(descriptors(daemon)).isEqualTo(descriptors);
            assertThat(anonymousKib(daemon)).isLessThan(memory + TOLERATED_KIB);
            NamePolicy.awaitInForce(cgroups.root(), Await.SOON);
        }
    }

    private static void cycles(CgroupSandbox cgroups, int count) throws IOException {
        for (int done = 0; done < count; done += AT_ONCE) {
            for (int i = 0; i < AT_ONCE; i++) {
                Files.createDirectory(cgroups.root().resolve("drop" + i));
            }
            if (done % (10 * AT_ONCE) == 0) {
                NamePolicy.awaitInForce(cgroups.root(), Await.SOON);
            }
            for (int i = 0; i < AT_ONCE; i++) {
                Files.delete(cgroups.root().resolve("drop" + i));
            }
        }
        NamePolicy.awaitInForce(cgroups.root(), Await.SOON);
    }

    private static long anonymousKib(SluiceDaemon daemon) throws IOException {
        var line = Files.readAllLines(Path.of("/proc/" + daemon.pid() + "/status")).stream()
                .filter(l -> l.startsWith("RssAnon:"))
                .findFirst()
                .orElseThrow();
        return Long.parseLong(line.replaceAll("[^0-9]", ""));
    }

    private static long descriptors(SluiceDaemon daemon) throws IOException {
        try (var all = Files.list(Path.of("/proc/" + daemon.pid() + "/fd"))) {
            return all.count();
        }
    }
}

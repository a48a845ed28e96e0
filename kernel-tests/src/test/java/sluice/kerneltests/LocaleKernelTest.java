// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import static org.assertj.core.api.Assertions.assertThat;
import static sluice.testkit.Await.SOON;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import sluice.testkit.Await;
import sluice.testkit.CgroupSandbox;
import sluice.testkit.Command;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;

/** Names that are not ASCII where the environment says nothing of characters: services, containers, rescue shells. */
@KernelTest
class LocaleKernelTest {
    private static Command posix(Lab lab, String... arguments) throws IOException {
        return SluiceDaemon.command(lab, arguments).with("LC_ALL", "POSIX");
    }

    @Test
    void cgroupsAndFilesKeepTheirNames(Lab lab) throws Exception {
        try (var cgroups = CgroupSandbox.create("locale")) {
            var dropped = cgroups.cgroup("drop-früh");
            var file = Files.move(
                    SluiceDaemon.write(lab, cgroups, NamePolicy.RULES),
                    lab.directory().resolve("größe.yaml"),
                    StandardCopyOption.REPLACE_EXISTING);
            assertThat(posix(lab, "check", "-c", file.toString()).run().status())
                    .isZero();
            try (var daemon = SluiceDaemon.launch(lab, file, Map.of("LC_ALL", "POSIX"), List.of())
                    .awaitReady()) {
                cgroups.cgroup("drop-früh/proxy-日本");
                NamePolicy.awaitInForce(cgroups.root(), SOON);
                assertThat(posix(lab, "tree").run().out())
                        .contains("drop-früh ")
                        .contains("proxy-日本 ");
                assertThat(posix(lab, "status").run().out()).contains("größe.yaml");
                assertThat(posix(lab, "explain", "/drop-früh/proxy-日本").run().out())
                        .contains("tproxy web");
                try (var sleeper =
                        lab.here().command("sleep", "60").bornIn(dropped).start()) {
                    var born = sleeper.process();
                    Await.until(
                            "its birth", SOON, () -> born.children().findAny().isPresent());
                    var pid = born.children().findAny().orElseThrow().pid();
                    assertThat(posix(lab, "explain", "" + pid).run().out()).contains("/drop-früh");
                }
                assertThat(daemon.stop()).isZero();
                assertThat(daemon.log()).doesNotContain("?");
            }
        }
    }

    @Test
    void programsGetTheirArgumentsAndEnvironmentAsTheyWereGiven(Lab lab) throws Exception {
        try (var cgroups = CgroupSandbox.create("locale-run");
                var _ = SluiceDaemon.start(lab, cgroups, NamePolicy.RULES)) {
            var program =
                    Files.writeString(lab.directory().resolve("größe"), "#!/bin/sh\necho \"$0 $1 $WHEN $LC_ALL\"\n");
            Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
            assertThat(posix(lab, "run", "--direct", "--", program.toString(), "日本")
                            .with("WHEN", "früh")
                            .run()
                            .out())
                    .isEqualTo(program + " 日本 früh POSIX\n");
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import static org.assertj.core.api.Assertions.assertThat;
import static sluice.testkit.Await.SOON;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import sluice.testkit.Await;
import sluice.testkit.CgroupSandbox;
import sluice.testkit.Haproxy;
import sluice.testkit.Internet;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;
import sluice.testkit.Probe;

/** The daemon with no more rights than its unit file gives it. */
@KernelTest
class UnitFileKernelTest {
    private static final int PORT = 4_000;

    @Test
    void theMainPathNeedsNoMore(Lab lab) throws Exception {
        var arrived = lab.internet().namespace().count("udp dport " + PORT);
        try (var cgroups = CgroupSandbox.create("unit")) {
            var dropped = cgroups.cgroup("drop-a");
            var direct = cgroups.cgroup("direct-b");
            var file = write(lab, cgroups, NamePolicy.RULES);
            var sandbox = UnitSandbox.ofDaemon();
            try (var daemon = SluiceDaemon.launch(lab, file, Map.of(), sandbox.wrapper(lab))
                    .awaitReady()) {
                assertThat(Files.readString(Path.of("/proc/" + daemon.pid() + "/status")))
                        .containsPattern("CapEff:\\s+0000000000001400\n")
                        .containsPattern("CapBnd:\\s+0000000000001400\n")
                        .containsPattern("NoNewPrivs:\\s+1\n")
                        .containsPattern("Seccomp:\\s+2\n");
                NamePolicy.awaitInForce(cgroups.root(), SOON);
                cgroups.cgroup("proxy-c/direct-d");
                NamePolicy.awaitInForce(cgroups.root(), SOON);

                send(lab, dropped);
                assertThat(arrived.packets()).isZero();
                send(lab, direct);
                Await.until("the datagrams", SOON, () -> arrived.packets() == 3);

                var table = KernelState.of(lab);
                var harm = "nft flush ruleset; ip rule delete preference 2000";
                lab.here().script(harm);
                KernelState.awaitAgain(harm, lab, table);
                var proxied = cgroups.cgroup("engine");
                write(
                        lab,
                        cgroups,
                        NamePolicy.RULES.replace("port: 7893", "port: 7894")
                                + "  - {match: '^/engine$', proxy: direct}\n");
                daemon.cli("reload");
                assertThat(KernelState.of(lab)).contains("7894");
                Haproxy.web(lab.internet().namespace(), "web", 80);
                for (var url : List.of("http://" + Internet.SERVER4 + "/", "http://[" + Internet.SERVER6 + "]/")) {
                    assertThat(lab.here()
                                    .command("curl", "-gsS", "-m", "20", url)
                                    .bornIn(proxied)
                                    .run()
                                    .out())
                            .startsWith("web from ");
                }
                Await.until("the access log", SOON, () -> daemon.log().contains(" cgroup=/engine "));
                for (var command : List.of("status", "tree")) {
                    assertThat(daemon.cli(command).out()).as(command).isNotBlank();
                }
                assertThat(daemon.cli("explain", "/drop-a").out()).contains("drop");
                assertThat(daemon.stop()).isZero();
                assertThat(daemon.log()).doesNotContain("denied").doesNotContain("not permitted");
            }
            KernelState.assertNothingLeft(lab);
        }
    }

    /** Other places than /run/sluice are hidden from the daemon. */
    private static Path write(Lab lab, CgroupSandbox cgroups, String configuration) throws IOException {
        var written = SluiceDaemon.write(lab, cgroups, configuration);
        Files.copy(written, SluiceDaemon.runDirectory(lab).resolve("config.yaml"), StandardCopyOption.REPLACE_EXISTING);
        return Path.of("/run/sluice/config.yaml");
    }

    @Test
    void theSandboxIsTheUnits(Lab lab) throws Exception {
        var questions = """
                ls /home /root; ls -A /tmp; ls /dev
                touch /usr/here && echo written
                renice -n 5 $$ >/dev/null && echo reniced
                unshare --user true && echo unshared
                perl -e 'socket(my $packets, 17, 3, 0) or print "$!\\n"'
                umask; echo ${HOME-no home}
                """;
        var line = SluiceDaemon.privately(lab, UnitSandbox.ofDaemon().around(lab, "sh", "-c", questions));
        var said = line.attempt();
        assertThat(said.out()).isEqualTo("""
                full
                null
                random
                tty
                urandom
                zero
                Address family not supported by protocol
                0077
                no home
                """);
        assertThat(said.err())
                .contains("cannot open directory '/home': Permission denied")
                .contains("cannot open directory '/root': Permission denied")
                .contains("cannot touch '/usr/here': Read-only file system")
                .containsPattern("failed to set priority for .*: Operation not permitted")
                .contains("unshare failed: Operation not permitted");
    }

    private static void send(Lab lab, Path cgroup) throws IOException {
        Probe.udp(lab.here(), 1, 3, Internet.SERVER4, "" + PORT).bornIn(cgroup).run();
    }
}

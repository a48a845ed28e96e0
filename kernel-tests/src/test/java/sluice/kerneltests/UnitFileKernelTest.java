// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
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
    private static final Duration SOON = Duration.ofSeconds(2);
    private static final int PORT = 4_000;

    private static Map<String, String> settings() throws IOException {
        var unit = Path.of(
                Objects.requireNonNull(System.getProperty("sluice.repository")),
                "dist/src/main/systemd/sluice.service");
        return Files.readAllLines(unit).stream()
                .filter(line -> line.matches("[A-Za-z]+=.*"))
                .map(line -> line.split("=", 2))
                .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1], (first, second) -> first + " " + second));
    }

    /** The unit's capabilities, no-new-privileges and read-only mounts, as words in front of the program. */
    private static List<String> wrapper(Map<String, String> unit) {
        assertThat(unit).containsEntry("ProtectSystem", "strict").containsEntry("NoNewPrivileges", "yes");
        assertThat(unit).containsEntry("RuntimeDirectory", "sluice");
        // Under strict all is read-only but /dev, /proc, /sys, the unit's directories and ReadWritePaths.
        var writable = new ArrayList<>(List.of("/dev", "/proc", "/sys", "/run/sluice"));
        for (var path : unit.getOrDefault("ReadWritePaths", "").split(" ")) {
            writable.add(path.replaceFirst("^[-+]*", ""));
        }
        var cases = writable.stream().map(path -> path + " | " + path + "/*").collect(Collectors.joining(" | "));
        var script = """
                while read -r _ _ _ _ point _; do
                    case $point in %s) ;; *) mount -o remount,bind,ro "$point" || exit ;; esac
                done </proc/self/mountinfo
                exec "$@"
                """.formatted(cases);
        var bounding = capabilities(unit.getOrDefault("CapabilityBoundingSet", ""));
        return List.of(
                "sh",
                "-c",
                script,
                "read-only",
                "setpriv",
                "--bounding-set=" + bounding,
                "--inh-caps=" + bounding,
                "--ambient-caps=" + capabilities(unit.getOrDefault("AmbientCapabilities", "")),
                "--no-new-privs",
                "--");
    }

    private static String capabilities(String names) {
        return "-all"
                + List.of(names.split(" ")).stream()
                        .map(name -> ",+" + name.toLowerCase(Locale.ROOT).replaceFirst("^cap_", ""))
                        .collect(Collectors.joining());
    }

    @Test
    void theMainPathNeedsNoMore(Lab lab) throws Exception {
        var arrived = lab.internet().namespace().count("udp dport " + PORT);
        try (var cgroups = CgroupSandbox.create("unit")) {
            var dropped = cgroups.cgroup("drop-a");
            var direct = cgroups.cgroup("direct-b");
            var file = SluiceDaemon.write(lab, cgroups, NamePolicy.RULES);
            try (var daemon = SluiceDaemon.launch(lab, file, Map.of(), wrapper(settings()))
                    .awaitReady()) {
                assertThat(Files.readString(Path.of("/proc/" + daemon.pid() + "/status")))
                        .containsPattern("CapEff:\\s+0000000000001400\n")
                        .containsPattern("CapBnd:\\s+0000000000001400\n")
                        .containsPattern("NoNewPrivs:\\s+1\n");
                NamePolicy.awaitInForce(cgroups.root(), SOON);
                cgroups.cgroup("proxy-c/direct-d");
                NamePolicy.awaitInForce(cgroups.root(), SOON);

                send(lab, dropped);
                assertThat(arrived.packets()).isZero();
                send(lab, direct);
                Await.until("the datagrams", SOON, () -> arrived.packets() == 3);

                var table = KernelState.of(lab);
                lab.here().script("nft flush ruleset; ip rule delete preference 2000");
                Await.until("repair", SOON, () -> KernelState.of(lab).equals(table));
                var proxied = cgroups.cgroup("engine");
                daemon.reload(
                        cgroups,
                        NamePolicy.RULES.replace("port: 7893", "port: 7894")
                                + "  - {match: '^/engine$', proxy: direct}\n");
                assertThat(KernelState.of(lab)).contains("7894");
                Haproxy.web(lab.internet().namespace(), "web", 80);
                for (var url : List.of("http://" + Internet.SERVER4 + "/", "http://[" + Internet.SERVER6 + "]/")) {
                    assertThat(lab.here()
                                    .command("curl", "-gsS", "-m", "5", url)
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

    private static void send(Lab lab, Path cgroup) throws IOException {
        Probe.udp(lab.here(), 1, 3, Internet.SERVER4, "" + PORT).bornIn(cgroup).run();
    }
}

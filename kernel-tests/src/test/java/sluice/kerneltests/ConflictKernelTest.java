// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sluice.testkit.Await;
import sluice.testkit.CgroupSandbox;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;
import sluice.testkit.Output;

/** What stands against a start: a clear message, the right exit code, and nothing half-done. */
@KernelTest
class ConflictKernelTest {
    private static final Duration END = Await.SOON;

    private static Output refused(Lab lab, String configuration, int status, String... wrapper) throws Exception {
        return refused(lab, configuration, status, List.of(wrapper));
    }

    private static Output refused(Lab lab, String configuration, int status, List<String> wrapper) throws Exception {
        var before = KernelState.of(lab);
        var file = lab.file("config.yaml", "version: 1\n" + configuration);
        try (var daemon = SluiceDaemon.launch(lab, file, Map.of(), wrapper)) {
            var output = daemon.await(END);
            assertThat(output.status()).as(output.err()).isEqualTo(status);
            assertThat(output.err()).doesNotContain("defect of Sluice").doesNotContain("Exception");
            assertThat(KernelState.of(lab)).isEqualTo(before);
            return output;
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    ip rule add fwmark 3000 lookup 77                   | another policy rule
                    ip -6 rule add fwmark 3000 lookup 77                | another policy rule
                    ip route add 198.51.100.0/24 dev lo table 300       | routing table 300
                    ip -6 route add 2001:db8::/64 dev lo table 300      | routing table 300
                    nft add table inet sluice                           | nft delete table inet sluice
                    """)
    void whatSomebodyElseUsesIsLeftAloneAndNamed(String theirs, String said, Lab lab) throws Exception {
        try (var cgroups = CgroupSandbox.create("conflict")) {
            lab.here().script(theirs);
            assertThat(refused(lab, "cgroup-root: " + cgroups.root() + "\n" + NamePolicy.RULES, 1)
                            .err())
                    .contains(said);
        }
    }

    @Test
    void aReloadIntoAConflictKeepsWhatWas(Lab lab) throws Exception {
        try (var cgroups = CgroupSandbox.create("reload")) {
            cgroups.cgroup("proxy-a");
            lab.here().run("ip", "-6", "rule", "add", "fwmark", "4000", "lookup", "77");
            try (var daemon = SluiceDaemon.start(lab, cgroups, NamePolicy.RULES)) {
                var before = KernelState.of(lab);
                SluiceDaemon.write(lab, cgroups, NamePolicy.RULES.replace("3000", "4000"));
                var answer = SluiceDaemon.command(lab, "reload").attempt();
                assertThat(answer.status()).isEqualTo(1);
                assertThat(answer.err()).contains("another policy rule");
                Await.until(
                        "what was in force",
                        Await.SOON,
                        () -> KernelState.of(lab).equals(before));
                assertThat(daemon.alive()).isTrue();
                NamePolicy.awaitInForce(cgroups.root(), Await.SOON);
            }
        }
    }

    @Test
    void withoutTheRightToChangeTablesItSaysSo(Lab lab) throws Exception {
        try (var cgroups = CgroupSandbox.create("rights")) {
            var output = refused(
                    lab,
                    "cgroup-root: " + cgroups.root() + "\n" + NamePolicy.RULES,
                    4,
                    "setpriv",
                    "--bounding-set=-net_admin",
                    "--inh-caps=-net_admin",
                    "--");
            assertThat(output.err()).contains("CAP_NET_ADMIN");
        }
    }

    @Test
    void withoutRootItSaysSo(Lab lab) throws Exception {
        var words = List.of("setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups");
        var output = SluiceDaemon.privately(
                        lab,
                        Stream.concat(words.stream(), Stream.of(SluiceDaemon.programForEverybody(lab), "daemon"))
                                .toList())
                .attempt();
        assertThat(output.status()).isEqualTo(4);
        assertThat(output.err()).contains("/run/sluice/").contains("permission denied; start it as root");
    }

    @Test
    void withoutAMountOfCgroup2ItSaysHowToMakeOne(Lab lab) throws Exception {
        var output = refused(
                lab,
                NamePolicy.RULES,
                4,
                "unshare",
                "--mount",
                "--propagation",
                "private",
                "sh",
                "-c",
                "umount --lazy --recursive /sys/fs/cgroup && exec \"$@\"",
                "without-cgroup2");
        assertThat(output.err()).contains("no mount of type cgroup2").contains("mount -t cgroup2");
    }

    @Test
    void aRootThatIsNoCgroupIsNamed(Lab lab) throws Exception {
        assertThat(refused(lab, "cgroup-root: " + lab.directory() + "\n" + NamePolicy.RULES, 4)
                        .err())
                .contains("cgroup root")
                .contains(lab.directory().toString());
        assertThat(refused(lab, "cgroup-root: /nowhere/at/all\n" + NamePolicy.RULES, 4)
                        .err())
                .contains("/nowhere/at/all")
                .contains("does not exist");
    }

    @Test
    void aControlSocketThatCannotBeMadeIsNamed(Lab lab) throws Exception {
        try (var cgroups = CgroupSandbox.create("socket")) {
            var rest = "cgroup-root: " + cgroups.root() + "\n" + NamePolicy.RULES;
            assertThat(refused(lab, rest + "api: {socket: /nowhere/control.sock}\n", 1)
                            .err())
                    .contains("/nowhere/control.sock")
                    .contains("does not exist");
            var file = Files.writeString(lab.directory().resolve("taken"), "mine");
            assertThat(refused(lab, rest + "api: {socket: " + file + "}\n", 1).err())
                    .contains("not a socket");
            assertThat(file).hasContent("mine");
        }
    }

    @Test
    void aRunDirectoryThatIsReadOnlyIsNamed(Lab lab) throws Exception {
        try (var cgroups = CgroupSandbox.create("run")) {
            var output = refused(
                    lab,
                    "cgroup-root: " + cgroups.root() + "\n" + NamePolicy.RULES,
                    1,
                    "sh",
                    "-c",
                    "mount -o remount,bind,ro /run/sluice && exec \"$@\"",
                    "read-only");
            assertThat(output.err()).contains("/run/sluice").contains("Read-only file system");
        }
    }

    @Test
    void whatThisVersionDoesNotServeIsNamed(Lab lab) throws Exception {
        var output = refused(lab, """
                intercept: cgroup-bpf
                rules:
                  - {match: '/a$', drop: true}
                """, 3);
        assertThat(output.err()).contains("config.yaml: intercept: ").contains("write nftables or auto");
    }
}

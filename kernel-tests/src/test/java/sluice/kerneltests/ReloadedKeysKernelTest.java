// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import sluice.testkit.Await;
import sluice.testkit.CgroupSandbox;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;

/** Each key that is not the engine's takes effect by a reload, in the kernel or in the daemon, or the answer says that it takes a restart. */
@KernelTest
class ReloadedKeysKernelTest {
    /** Keys of a configuration, and what has to be in the kernel's state then and must not be there before. */
    private static final Map<String, List<String>> KERNEL = Map.ofEntries(
            Map.entry("route-table: 400", List.of("lookup 400", "dev lo table 400")),
            Map.entry("rule-priority: 1500", List.of("1500:\tfrom all fwmark 0xbb8")),
            Map.entry("marks: {mask: 0xffff}", List.of("fwmark 0xbb8/0xffff")),
            Map.entry("marks: {flow-mask: 0x00ff0000}", List.of("ct mark & 0x00ff0000")),
            Map.entry("marks: {guard: 0x04000000}", List.of("socket mark & 0x0c000000 != 0x00000000")),
            Map.entry("bypass: [198.51.100.0/24, '2001:db8:77::/48']", List.of("198.51.100.0/24", "2001:db8:77::/48")),
            Map.entry("new-cgroups: hold", List.of("set known")),
            Map.entry("tproxies: {relay: {mark: 3001, port: 7893}}", List.of("fwmark 0xbb9")),
            Map.entry("tproxies: {relay: {mark: 3000, port: 7894}}", List.of(":7894")),
            Map.entry("tproxies: {relay: {mark: 3000, port: 7893, no-udp: true}}", List.of("set no_udp")),
            Map.entry("tproxies: {relay: {mark: 3000, port: 7893, no-ipv6: true}}", List.of("set no_ipv6")),
            Map.entry(
                    "tproxies: {relay: {mark: 3000, port: 7893, when-down: reject}}", List.of("reject with tcp reset")),
            Map.entry(
                    "tproxies: {relay: {mark: 3000, port: 7893, dns-hijack: {ip: 192.0.2.53}}}",
                    List.of("192.0.2.53:53")),
            Map.entry(
                    "tproxies: {relay: {mark: 3000, port: 7893, dns-hijack: {ip: 192.0.2.53, ip6: '2001:db8::53'}}}",
                    List.of("[2001:db8::53]:53")),
            Map.entry(
                    "tproxies: {relay: {mark: 3000, port: 7893, dns-hijack: {ip: 192.0.2.53, port: 5353}}}",
                    List.of("192.0.2.53:5353")),
            Map.entry(
                    "tproxies: {relay: {mark: 3000, port: 7893, dns-hijack: {ip: 192.0.2.53, tcp: true}}}",
                    List.of("tcp dport 53")));

    /** The configuration with a key in the place of what it says otherwise. */
    private static String with(String key) {
        var tproxies = key.startsWith("tproxies") ? "" : "tproxies: {relay: {mark: 3000, port: 7893}}\n";
        return tproxies + key + "\nrules: [{match: '^/a$', tproxy: relay}]\n";
    }

    @Test
    void whatTheKernelHoldsFollowsEachKey(Lab lab) throws Exception {
        try (var cgroups = CgroupSandbox.create("keys")) {
            cgroups.cgroup("a");
            try (var daemon = SluiceDaemon.start(lab, cgroups, with(""))) {
                for (var changed : KERNEL.entrySet()) {
                    assertThat(KernelState.of(lab)).as("before " + changed).doesNotContain(changed.getValue());
                    daemon.reload(cgroups, with(changed.getKey()));
                    assertThat(KernelState.of(lab)).as("after " + changed).contains(changed.getValue());
                    // A former loop guard is known until a mark has its bit.
                    if (changed.getKey().contains("guard")) {
                        daemon.reload(cgroups, "tproxies: {x: {mark: 0x04000000, port: 1}}\n");
                    }
                    daemon.reload(cgroups, with(""));
                }
            }
        }
    }

    @Test
    void whatTheDaemonDoesFollowsEachKey(Lab lab) throws Exception {
        try (var cgroups = CgroupSandbox.create("daemon-keys")) {
            cgroups.cgroup("a");
            try (var daemon = SluiceDaemon.start(lab, cgroups, with(""))) {
                assertThat(daemon.cli("status", "--json").out()).doesNotContain("/later");
                daemon.reload(cgroups, "rules: [{match: '^/later$', drop: true}]\n");
                assertThat(daemon.cli("status", "--json").out()).contains("/later");

                assertThat(asNobody(lab)).isNotZero();
                daemon.reload(cgroups, "run: [{user: nobody, targets: [direct]}]\n");
                assertThat(asNobody(lab)).isZero();

                daemon.reload(cgroups, "intercept: nftables\nreload: auto\n" + with(""));
                SluiceDaemon.write(lab, cgroups, "rules: [{match: '^/watched$', drop: true}]\n");
                Await.until(
                        "the file is read again by itself",
                        Machine.SOON,
                        () -> daemon.cli("status", "--json").out().contains("/watched"));

                daemon.reload(cgroups, "on-exit: keep\n" + with(""));
                assertThat(daemon.stop()).isZero();
                assertThat(KernelState.of(lab)).contains("table inet sluice", "fwmark 0xbb8");
            }
        }
    }

    private static int asNobody(Lab lab) throws IOException {
        var socket = SluiceDaemon.runDirectory(lab).resolve("control.sock");
        Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-rw-rw-"));
        return SluiceDaemon.privately(
                        lab,
                        List.of(
                                "setpriv",
                                "--reuid",
                                "nobody",
                                "--clear-groups",
                                SluiceDaemon.programForEverybody(lab),
                                "run",
                                "--direct",
                                "--",
                                "true"))
                .attempt()
                .status();
    }

    @Test
    void whatTakesARestartIsSaid(Lab lab) throws Exception {
        try (var cgroups = CgroupSandbox.create("restart-keys");
                var other = CgroupSandbox.create("other-root")) {
            try (var daemon = SluiceDaemon.start(lab, cgroups, with(""))) {
                assertThat(daemon.reload(cgroups, "api: {socket: /run/sluice/other.sock}\n" + with(""))
                                .err())
                        .contains("api.socket", "a restart makes it /run/sluice/other.sock");
                assertThat(daemon.reload(cgroups, "api: {listen: '127.0.0.1:9090', secret: x}\n" + with(""))
                                .err())
                        .contains("api.listen: this version listens on");
                SluiceDaemon.write(lab, other, with(""));
                assertThat(SluiceDaemon.command(lab, "reload").attempt())
                        .satisfies(answer -> assertThat(answer.status()).isNotZero())
                        .satisfies(answer ->
                                assertThat(answer.err()).contains("change cgroup-root", "only a restart can do that"));
            }
        }
    }
}

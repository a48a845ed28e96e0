// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sluice.testkit.Await;
import sluice.testkit.CgroupSandbox;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;

/** Others who change what the daemon put into the kernel, and a second daemon. */
@KernelTest
class InterferenceKernelTest {
    private static final Duration REPAIR = Await.SOON;

    private static void populate(CgroupSandbox cgroups) throws Exception {
        for (var path : new String[] {"drop-a/proxy-b", "direct-c", "other/proxy-d"}) {
            cgroups.cgroup(path);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "nft flush ruleset",
                "nft delete table inet sluice",
                "nft flush chain inet sluice output",
                "nft insert rule inet sluice output accept",
                "nft delete rule inet sluice classify handle"
                        + " $(nft -a list chain inet sluice classify | sed -n 's/.* handle //p' | tail -1)",
                "nft add chain inet sluice stranger",
                "nft flush map inet sluice drops",
                "nft flush set inet sluice direct",
                "ip rule delete preference 2000",
                "ip -6 rule delete preference 2000",
                "ip route flush table 300",
                "ip -6 route flush table 300",
            })
    void whatOthersChangeIsPutRightWithinASecond(String harm, Lab lab) throws Exception {
        try (var cgroups = CgroupSandbox.create("harm")) {
            populate(cgroups);
            try (var daemon = SluiceDaemon.start(lab, cgroups, NamePolicy.RULES)) {
                var before = KernelState.of(lab);
                lab.here().script(harm);
                daemon.awaitLog("everything is in force again", REPAIR);
                KernelState.awaitAgain(harm, lab, before);
                NamePolicy.awaitInForce(cgroups.root(), REPAIR);
            }
        }
    }

    @Test
    void aRuleThatNoPriorityIsInFrontOfIsToldOfOnce(Lab lab) throws Exception {
        try (var cgroups = CgroupSandbox.create("front")) {
            populate(cgroups);
            try (var daemon = SluiceDaemon.start(lab, cgroups, NamePolicy.RULES)) {
                lab.here().run("ip", "rule", "add", "not", "fwmark", "0xca6c", "lookup", "51820", "pref", "1");
                daemon.awaitLog("policy rule 1 (", REPAIR);
                assertThat(daemon.cli("status").out()).contains("warning: policy rule 1 (");
                cgroups.cgroup("proxy-later");
                NamePolicy.awaitInForce(cgroups.root(), REPAIR);
                assertThat(daemon.log().split("policy rule 1 \\(", -1)).hasSize(2);
                lab.here().run("ip", "rule", "delete", "preference", "1");
                Await.until(
                        "no warning", REPAIR, () -> !daemon.cli("status").out().contains("policy rule 1 ("));
            }
        }
    }

    @Test
    void aFightIsBackedOffAndSaidOnce(Lab lab) throws Exception {
        try (var cgroups = CgroupSandbox.create("fight")) {
            populate(cgroups);
            try (var daemon = SluiceDaemon.start(lab, cgroups, NamePolicy.RULES)) {
                for (int i = 0; i < 10; i++) {
                    lab.here().run("nft", "flush", "ruleset");
                    Await.until(
                            "repair " + i,
                            Await.SOON,
                            () -> !lab.here().run("nft", "list", "tables").out().isBlank());
                }
                NamePolicy.awaitInForce(cgroups.root(), REPAIR);
                assertThat(daemon.log().split("somebody keeps changing", -1)).hasSize(2);
            }
        }
    }

    @Test
    void aSecondDaemonRefusesHarmlessly(Lab lab) throws Exception {
        try (var cgroups = CgroupSandbox.create("two")) {
            populate(cgroups);
            try (var first = SluiceDaemon.start(lab, cgroups, NamePolicy.RULES)) {
                var before = KernelState.of(lab);
                var second = SluiceDaemon.launch(lab, first.file()).await(Await.SOON);
                assertThat(second.status()).isEqualTo(1);
                assertThat(second.err()).contains("another one runs").contains("pid " + first.pid());
                assertThat(KernelState.of(lab)).isEqualTo(before);
                assertThat(first.cli("status").out()).contains("drop");
                cgroups.cgroup("proxy-later");
                NamePolicy.awaitInForce(cgroups.root(), REPAIR);
            }
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sluice.netlink.NetlinkException;
import sluice.testkit.Internet;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;
import sluice.testkit.Scale;

/** A reload gives a cgroup another verdict, and so moves it from one set of the ruleset to another, while it begins flows. */
@KernelTest
@Timeout(1200)
class MovedCgroupKernelTest {
    private static final Verdict PROXY = new Verdict.Redirect(SteeredMachine.tproxy());
    private static final Verdict DROP = new Verdict.Drop(Verdict.Scope.ALL_BUT_BYPASS);
    private static final Verdict DROP_ALL = new Verdict.Drop(Verdict.Scope.ALL_BUT_LOOPBACK);

    private static Blueprint blueprint(SteeredMachine machine, boolean hold) throws Exception {
        return machine.blueprint(hold, Blueprint.Names.NONE, SteeredMachine.tproxy());
    }

    /** Nothing listens where the proxy should be: whatever leaves has met neither verdict. */
    @ParameterizedTest
    @CsvSource({
        "/moved, drop, proxy, true",
        "/moved, drop, proxy, false",
        "/moved, drop, drop-all, true",
        "/moved, drop-all, proxy, false",
        "/moved, reject, drop, true",
        "/moved, reject, proxy, true",
        "/dropped/moved, proxy, none, true",
        "/total/moved, none, proxy, true"
    })
    void noFirstPacketMeetsNeitherVerdict(String path, String one, String other, boolean rulesStay, Lab lab)
            throws Exception {
        try (var machine = new SteeredMachine(lab)) {
            if (rulesStay) {
                machine.cgroup("/dropped", DROP).cgroup("/total", DROP_ALL).cgroup("/proxied", PROXY);
            }
            machine.cgroup(path, verdict(one));
            machine.install(blueprint(machine, false));
            reload(machine, path, verdict(one), verdict(other), false);
        }
    }

    @Test
    void norWhereNewCgroupsAreHeldFromThenOn(Lab lab) throws Exception {
        try (var machine = new SteeredMachine(lab).cgroup("/moved", DROP)) {
            machine.install(blueprint(machine, false));
            reload(machine, "/moved", DROP, PROXY, true);
        }
    }

    private static void reload(
            SteeredMachine machine, String path, @Nullable Verdict one, @Nullable Verdict other, boolean holds)
            throws Exception {
        var escaped = machine.internet().count("ip protocol udp");
        try (var sender = machine.flows(path, Internet.SERVER4).start()) {
            for (int i = 0; i < Scale.of(100, 5_000); i++) {
                boolean back = i % 2 != 0;
                machine.change(path, back ? one : other, blueprint(machine, holds && !back));
                machine.forgetFlows();
            }
            assertThat(sender.alive()).isTrue();
        }
        assertThat(escaped.packets()).isZero();
    }

    private static @Nullable Verdict verdict(String name) {
        return switch (name) {
            case "none" -> null;
            case "proxy" -> PROXY;
            case "drop" -> DROP;
            case "drop-all" -> DROP_ALL;
            case "reject" -> new Verdict.Drop(Verdict.Scope.REJECT);
            default -> throw new IllegalArgumentException(name);
        };
    }

    @Test
    void whatFailsHalfwayCanBeRepaired(Lab lab) throws Exception {
        try (var machine = new SteeredMachine(lab).cgroup("/moved", PROXY)) {
            machine.install(blueprint(machine, false));
            // The last step deletes what somebody else has deleted.
            lab.here().command("nft", "flush", "map", "inet", "sluice", "marks").run();
            assertThatThrownBy(() -> machine.change("/moved", DROP)).isInstanceOf(NetlinkException.Absent.class);
            machine.repair();
            machine.change("/moved", PROXY);
            machine.change("/moved", DROP);
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import sluice.testkit.Answer;
import sluice.testkit.Await;
import sluice.testkit.Internet;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;
import sluice.testkit.Transport;

/** {@code bypass: [lan]}: the networks that the machine is connected to, as they come and go. */
@KernelTest
class LanKernelTest {
    private static final String RULES = "rules: [{match: ^/dropped$, drop: true}]\n";
    private static final String LAN = "bypass: [lan, local, 224.0.0.0/4, 'ff00::/8']\n" + RULES;
    private static final String NEIGHBOUR4 = "10.77.0.2";
    private static final String NEIGHBOUR6 = "fd77::2";
    /** The far end of the machine's link: a network of public addresses. */
    private static final String GATEWAY4 = "192.0.2.1";

    private static final String GATEWAY6 = "2001:db8:1::1";

    private static boolean reaches(Machine machine, String address) throws Exception {
        return machine.datagrams("dropped", 10, 3, address, "7").attempt().out().contains("far from ");
    }

    private static void awaitReached(Machine machine, String address) {
        Await.until(address + " is reached", Await.SOON, () -> reaches(machine, address));
    }

    private static void awaitNotReached(Machine machine, String address) {
        Await.until(address + " is not reached", Await.SOON, () -> !reaches(machine, address));
    }

    private static Machine machine(Lab lab) throws Exception {
        var machine = Machine.with(lab, "dropped");
        machine.internet().address(Internet.FAR_DEVICE, NEIGHBOUR4 + "/24", NEIGHBOUR6 + "/64");
        Answer.start(machine.internet(), "far", Transport.UDP, 7);
        return machine;
    }

    @Test
    void privateNetworksBelongToItWhileTheMachineHasAnAddressThere(Lab lab) throws Exception {
        try (var machine = machine(lab)) {
            lab.here().address(Internet.DEVICE, "10.77.0.1/24");
            machine.apply(LAN);
            assertThat(reaches(machine, NEIGHBOUR4)).isTrue();
            assertThat(reaches(machine, NEIGHBOUR6)).isFalse();

            lab.here().address(Internet.DEVICE, "fd77::1/64");
            awaitReached(machine, NEIGHBOUR6);
            lab.here().run("ip", "address", "delete", "10.77.0.1/24", "dev", Internet.DEVICE);
            awaitNotReached(machine, NEIGHBOUR4);
            assertThat(reaches(machine, NEIGHBOUR6)).isTrue();
            assertThat(machine.daemon().log()).contains("bypass: lan is [fd77::/64, fe80::/64]");
        }
    }

    @Test
    void publicNetworksNeverDoWhateverTheLinkClaims(Lab lab) throws Exception {
        try (var machine = machine(lab)) {
            machine.apply(LAN);
            assertThat(reaches(machine, GATEWAY4)).isFalse();
            assertThat(reaches(machine, GATEWAY6)).isFalse();
            // As a hostile access point would claim the internet, and half of it, to be next door.
            lab.here().address(Internet.DEVICE, "203.0.113.77/1", "2001:db8:2::77/16", "10.77.0.1/24");
            awaitReached(machine, NEIGHBOUR4);
            for (var address : new String[] {Internet.SERVER4, Internet.SERVER6, GATEWAY4, GATEWAY6}) {
                assertThat(reaches(machine, address)).as(address).isFalse();
            }
        }
    }

    @Test
    void reloadsBringItInAndTakeItOut(Lab lab) throws Exception {
        try (var machine = machine(lab)) {
            lab.here().address(Internet.DEVICE, "10.77.0.1/24");
            machine.apply(Machine.BYPASS + RULES);
            assertThat(reaches(machine, NEIGHBOUR4)).isFalse();
            machine.apply(LAN);
            assertThat(reaches(machine, NEIGHBOUR4)).isTrue();
            machine.apply(Machine.BYPASS + RULES);
            assertThat(reaches(machine, NEIGHBOUR4)).isFalse();
            lab.here().address(Internet.DEVICE, "10.78.0.1/24");
            assertThat(reaches(machine, NEIGHBOUR4)).isFalse();
        }
    }
}

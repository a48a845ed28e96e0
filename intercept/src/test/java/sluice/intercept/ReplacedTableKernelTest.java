// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import org.junit.jupiter.api.Test;
import sluice.netlink.nftables.NftEvent;
import sluice.netlink.nftables.NftSet;
import sluice.netlink.nftables.Nftables;
import sluice.testkit.Internet;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;
import sluice.testkit.Scale;

/** The table is filled anew, as after a restart or when somebody changed it, while packets pass. */
@KernelTest
class ReplacedTableKernelTest {
    private static final int PORT = 4711;
    private static final Verdict DROP = new Verdict.Drop(Verdict.Scope.ALL_BUT_BYPASS);

    private static SteeredMachine machine(Lab lab) throws Exception {
        var machine = new SteeredMachine(lab)
                .cgroup("/dropped", DROP)
                .cgroup("/proxied", new Verdict.Redirect(SteeredMachine.tproxy()));
        machine.install(machine.blueprint(false, Blueprint.Names.NONE, SteeredMachine.tproxy()));
        return machine;
    }

    @Test
    void nothingEscapesMeanwhile(Lab lab) throws Exception {
        try (var machine = machine(lab)) {
            var escaped = machine.internet().count("udp dport " + PORT);
            try (var dropped = machine.datagrams("/dropped", 1, 100_000_000, Internet.SERVER4, PORT)
                            .start();
                    var proxied = machine.datagrams("/proxied", 0, 100_000_000, Internet.SERVER4, PORT)
                            .start()) {
                for (int i = 0; i < Scale.of(300, 10_000); i++) {
                    machine.repair();
                }
                assertThat(dropped.alive()).isTrue();
                assertThat(proxied.alive()).isTrue();
            }
            assertThat(escaped.packets()).isZero();
        }
    }

    /** For who is among the old rules when the new ones come: the elements of a map that goes are gone at once. */
    @Test
    void setsAndMapsStay(Lab lab) throws Exception {
        try (var machine = machine(lab);
                var nftables = Nftables.open();
                var events = Nftables.subscribe(RulesetComposer.TABLE)) {
            machine.repair();
            var replaced = new ArrayList<NftSet>();
            events.drain(10_000, event -> {
                if (event instanceof NftEvent.SetChanged change) {
                    replaced.add(change.set());
                }
            });
            // Anonymous ones are their rules'.
            assertThat(replaced.stream().map(NftSet::name)).allMatch(name -> name.startsWith("__"));
            assertThat(nftables.sets(RulesetComposer.TABLE))
                    .anyMatch(set -> set.name().equals("marks"));
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import sluice.netlink.nftables.Nftables;
import sluice.netlink.nftables.Table;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;

/** The table as one that belongs to its mechanism, from one run to the next. */
@KernelTest
class OwnTableKernelTest {
    private static Table table() throws IOException {
        try (var nftables = Nftables.open()) {
            return nftables.tables().stream()
                    .filter(table -> table.name().equals("sluice"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private static Blueprint plain(SteeredMachine machine) throws IOException {
        return machine.blueprint(false, Blueprint.Names.NONE, SteeredMachine.engine(false, false));
    }

    private static Blueprint owned(SteeredMachine machine) throws IOException {
        return SteeredMachine.owned(plain(machine));
    }

    private static SteeredMachine machine(Lab lab) throws IOException {
        return new SteeredMachine(lab).cgroup("/proxied", new Verdict.Redirect(SteeredMachine.engine(false, false)));
    }

    @Test
    void otherProgramsNeitherFlushNorChangeIt(Lab lab) throws Exception {
        try (var machine = machine(lab)) {
            machine.install(owned(machine));
            lab.here().run("nft", "flush", "ruleset");
            assertThat(machine.isIntact()).isTrue();
            for (var attempt : new String[] {"delete table inet sluice", "flush chain inet sluice output"}) {
                assertThat(lab.here().command("nft", attempt).attempt().err()).contains("Operation not permitted");
            }
            assertThat(machine.isIntact()).isTrue();
            machine.change("/proxied", Verdict.DIRECT);
            machine.repair();
            machine.mechanism().remove();
            assertThat(lab.here().run("nft", "list", "tables").out()).isBlank();
        }
    }

    @Test
    void theNextRunAdoptsATableWithoutOwnerAsItIs(Lab lab) throws Exception {
        try (var next = machine(lab)) {
            var wanted = owned(next);
            try (var killed = NftablesMechanism.open()) {
                killed.install(wanted, new PolicyTree(cgroup -> null));
                assertThat(table().owner()).isNotZero();
            }
            assertThat(table().owner()).isZero();
            next.install(wanted);
            assertThat(table().owner()).isNotZero();
        }
    }

    @Test
    void aReloadGivesTheTableAnOwnerAndTakesItAway(Lab lab) throws Exception {
        try (var machine = machine(lab)) {
            machine.install(plain(machine));
            assertThat(table().flags()).isZero();
            machine.reload(owned(machine));
            assertThat(table().flags()).isEqualTo(TableOwnership.FLAGS);
            machine.reload(plain(machine));
            assertThat(table().flags()).isZero();
        }
    }

    @Test
    void aRunWithAnotherSettingMakesTheTableAnew(Lab lab) throws Exception {
        for (boolean first : new boolean[] {true, false}) {
            try (var next = machine(lab)) {
                try (var killed = NftablesMechanism.open()) {
                    killed.install(first ? owned(next) : plain(next), new PolicyTree(cgroup -> null));
                }
                next.install(first ? plain(next) : owned(next));
                assertThat(table().flags()).isEqualTo(first ? 0 : TableOwnership.FLAGS);
            }
        }
    }

    @Test
    void aTableThatALivingProcessOwnsIsAConflict(Lab lab) throws Exception {
        try (var machine = machine(lab);
                var other = NftablesMechanism.open()) {
            machine.install(owned(machine));
            assertThatExceptionOfType(ConflictException.class)
                    .isThrownBy(other::remove)
                    .withMessageContaining("another process owns it, with the netlink port");
            assertThat(machine.isIntact()).isTrue();
        }
    }

    @Test
    void whereTheKernelRefusesAnOwnedTableItIsOneForAllAndToldOf(Lab lab) throws Exception {
        int unknown = 1 << 30;
        try (var machine = new SteeredMachine(lab, new TableOwnership(Table.OWNED | unknown))) {
            machine.install(owned(machine));
            assertThat(table().flags()).isZero();
            assertThat(machine.mechanism().warnings())
                    .singleElement()
                    .asString()
                    .contains("own-table", "Linux 6.9");
        }
    }
}

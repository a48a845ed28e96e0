// SPDX-License-Identifier: Apache-2.0
package sluice.netlink.nftables;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import sluice.netlink.NetlinkException;
import sluice.testkit.KernelTest;

/** What the kernel does with a table that belongs to a socket. */
@KernelTest
class OwnedTableKernelTest {
    private static final Table PLAIN = Table.inet("owned");
    private static final Table OWNED = PLAIN.withFlags(Table.OWNED | Table.PERSISTENT);

    @AfterEach
    void flush() throws Exception {
        Nft.run("", "nft", "flush", "ruleset");
    }

    private static List<Table> tables() throws IOException {
        try (var other = Nftables.open()) {
            return other.tables();
        }
    }

    @Test
    void whileItsOwnerLivesNoOtherSocketChangesIt() throws Exception {
        try (var owner = Nftables.open();
                var other = Nftables.open()) {
            owner.transaction().add(OWNED).add(OWNED.chain("mine")).commit();
            assertThat(tables()).containsExactly(OWNED.ownedBy(owner.portId()));
            Nft.run("", "nft", "flush", "ruleset");
            assertThat(tables()).hasSize(1);
            assertThatExceptionOfType(NetlinkException.PermissionDenied.class)
                    .isThrownBy(() -> other.transaction().delete(PLAIN).commit());
            assertThatExceptionOfType(NetlinkException.PermissionDenied.class)
                    .isThrownBy(
                            () -> other.transaction().add(PLAIN.chain("theirs")).commit());
            owner.transaction().add(OWNED).add(OWNED.chain("another")).commit();
            assertThat(owner.chains(OWNED)).hasSize(2);
            owner.transaction().delete(PLAIN).commit();
            assertThat(tables()).isEmpty();
        }
    }

    @Test
    void itOutlivesItsOwnerAndIsThenAnybodys() throws Exception {
        try (var owner = Nftables.open()) {
            owner.transaction().add(OWNED).add(OWNED.chain("mine")).commit();
        }
        assertThat(tables()).containsExactly(PLAIN.withFlags(Table.PERSISTENT));
        try (var heir = Nftables.open()) {
            heir.transaction().add(OWNED).commit();
            assertThat(tables()).containsExactly(OWNED.ownedBy(heir.portId()));
            assertThat(heir.chains(OWNED)).hasSize(1);
        }
        Nft.run("", "nft", "flush", "ruleset");
        assertThat(tables()).isEmpty();
    }

    @Test
    void aTableThatWasMadeWithoutTheFlagGetsAnOwnerOnlyWhenItIsMadeAnew() throws Exception {
        try (var nftables = Nftables.open()) {
            nftables.transaction().add(PLAIN).add(PLAIN.chain("old")).commit();
            assertThatExceptionOfType(NetlinkException.Unsupported.class)
                    .isThrownBy(() -> nftables.transaction().add(OWNED).commit());
            nftables.transaction().delete(PLAIN).add(OWNED).commit();
            assertThat(tables()).containsExactly(OWNED.ownedBy(nftables.portId()));
            assertThat(nftables.chains(OWNED)).isEmpty();
            nftables.transaction().delete(OWNED).add(PLAIN).commit();
            assertThat(tables()).containsExactly(PLAIN);
        }
    }
}

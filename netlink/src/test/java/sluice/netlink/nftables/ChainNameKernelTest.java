// SPDX-License-Identifier: Apache-2.0
package sluice.netlink.nftables;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import sluice.testkit.KernelTest;

@KernelTest
class ChainNameKernelTest {
    @AfterEach
    void flush() throws Exception {
        Nft.run("", "nft", "flush", "ruleset");
    }

    @Test
    void chainsOfAllTablesAreListedByName() throws Exception {
        Nft.apply("""
                add table ip nat
                add chain ip nat DOCKER
                add table bridge filter
                add chain bridge filter forward { type filter hook forward priority -200; }
                add table netdev shaping
                add chain netdev shaping lo { type filter hook ingress device lo priority 0; }
                """);
        try (var nftables = Nftables.open()) {
            assertThat(nftables.chainNames())
                    .extracting(name -> name.family() + " " + name.table() + " " + name.chain())
                    .contains("ip nat DOCKER", "bridge filter forward", "netdev shaping lo");
        }
    }
}

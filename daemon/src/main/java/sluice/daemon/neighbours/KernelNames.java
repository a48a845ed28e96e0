// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.neighbours;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import sluice.linux.LegacyTables;
import sluice.netlink.nftables.Nftables;
import sluice.netlink.route.IpFamily;
import sluice.netlink.route.PolicyRule;
import sluice.netlink.route.Routes;

/**
 * Names and policy rules in the kernel by which other software is recognised.
 *
 * @param tables names of nftables tables that have a chain, those of iptables-nft(8) too
 * @param chains names of chains in any table, those of iptables-legacy(8) too
 * @param rules policy rules of both families
 */
record KernelNames(Set<String> tables, Set<String> chains, List<PolicyRule> rules) {
    KernelNames {
        tables = Set.copyOf(tables);
        chains = Set.copyOf(chains);
        rules = List.copyOf(rules);
    }

    /** Reads the network namespace of the calling thread. */
    static KernelNames read() throws IOException {
        var tables = new HashSet<String>();
        var chains = new HashSet<>(LegacyTables.chains());
        try (var nftables = Nftables.open()) {
            for (var name : nftables.chainNames()) {
                tables.add(name.table());
                chains.add(name.chain());
            }
        }
        var rules = new ArrayList<PolicyRule>();
        try (var routes = Routes.open()) {
            for (var family : IpFamily.values()) {
                rules.addAll(routes.rules(family));
            }
        }
        return new KernelNames(tables, chains, rules);
    }

    boolean hasTable(String prefix) {
        return tables.stream().anyMatch(table -> table.startsWith(prefix));
    }

    boolean hasChain(String prefix) {
        return chains.stream().anyMatch(chain -> chain.startsWith(prefix));
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import sluice.netlink.NetlinkException;
import sluice.netlink.nftables.Chain;
import sluice.netlink.nftables.NftSet;
import sluice.netlink.nftables.Nftables;
import sluice.netlink.nftables.Transaction;

/**
 * What stands in the table before it is filled anew.
 *
 * <p>Chains that stay as they are keep their place among the kernel's hooks. A chain that is deleted and made again in one transaction is
 * there twice for an instant, the new one first (nf_hook_entries_grow in net/netfilter/core.c), and each of the two follows the transaction
 * on its own: a packet that meets the new one just before the switch and the old one just after it meets no rule at all.
 *
 * <p>Sets and maps stay as well. A packet that is among the old rules when the switch comes looks elements up as they are after it, and those of a map
 * that goes are no longer in force then (nft_map_deactivate in net/netfilter/nf_tables_api.c): it would pass by its verdict.
 */
record Leftovers(List<Chain> chains, List<NftSet> sets) {
    /** Looks what is there; empty if this version cannot read it: that has to go with the table. */
    static Optional<Leftovers> read(Nftables nftables) throws IOException {
        try {
            return Optional.of(
                    new Leftovers(nftables.chains(RulesetComposer.TABLE), nftables.sets(RulesetComposer.TABLE)));
        } catch (NetlinkException.Malformed | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /**
     * Puts into the transaction what leaves of it only the chains, sets and maps that the ruleset has too, and those empty; but flows that are older
     * than the table are known only once.
     *
     * @return the sets and maps that stay
     */
    Set<NftSet> clear(Ruleset ruleset, Transaction transaction) {
        chains.forEach(transaction::flush);
        chains.stream().filter(chain -> !ruleset.chains().contains(chain)).forEach(transaction::delete);
        var kept = new HashSet<NftSet>();
        for (var set : sets) {
            boolean stays = ruleset.sets().contains(set);
            if (stays && OlderFlows.SETS.contains(set)) {
                kept.add(set);
            } else if (stays && !Ruleset.isAlive(set)) {
                transaction.flush(set);
                kept.add(set);
            } else if (!set.isAnonymous()) {
                // Anonymous ones go with their rules.
                transaction.delete(set);
            }
        }
        return kept;
    }
}

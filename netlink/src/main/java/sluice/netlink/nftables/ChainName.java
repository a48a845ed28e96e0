// SPDX-License-Identifier: Apache-2.0
package sluice.netlink.nftables;

import static sluice.netlink.nftables.NftablesConstants.NFGENMSG_LENGTH;
import static sluice.netlink.nftables.NftablesConstants.NFTA_CHAIN_NAME;
import static sluice.netlink.nftables.NftablesConstants.NFTA_CHAIN_TABLE;

import sluice.netlink.Messages;
import sluice.netlink.NetlinkException;

/** What a chain of any table is called, whatever else is known of it here. */
public record ChainName(Family family, String table, String chain) {
    static ChainName decode(Messages message) throws NetlinkException.Malformed {
        var table = "";
        var chain = "";
        var attributes = message.attributes(NFGENMSG_LENGTH);
        while (attributes.next()) {
            switch (attributes.type()) {
                case NFTA_CHAIN_TABLE -> table = attributes.string();
                case NFTA_CHAIN_NAME -> chain = attributes.string();
                default -> {}
            }
        }
        return new ChainName(Family.of(message.header8(0)), table, chain);
    }
}

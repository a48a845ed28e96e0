// SPDX-License-Identifier: Apache-2.0
package sluice.netlink.nftables;

import static sluice.netlink.nftables.NftablesConstants.NFTA_DATA_VALUE;
import static sluice.netlink.nftables.NftablesConstants.NFTA_DATA_VERDICT;

import sluice.netlink.Attributes;
import sluice.netlink.MessageWriter;
import sluice.netlink.NetlinkException;

/** What a register or the data of a map element holds. */
public sealed interface Data permits Value, Verdict {
    /** Writes the attribute {@code type} with the nested NFTA_DATA_* in it. */
    void encode(MessageWriter writer, int type);

    /** Reads the NFTA_DATA_* nested in the attribute at the cursor. */
    static Data decode(Attributes attribute) throws NetlinkException.Malformed {
        var data = attribute.nested();
        while (data.next()) {
            switch (data.type()) {
                case NFTA_DATA_VALUE -> {
                    return Value.received(data.bytes());
                }
                case NFTA_DATA_VERDICT -> {
                    return Verdict.decode(data.nested());
                }
                default -> {}
            }
        }
        throw new NetlinkException.Malformed("nftables data that is neither a value nor a verdict");
    }
}

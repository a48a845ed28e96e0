// SPDX-License-Identifier: Apache-2.0
package sluice.netlink.nftables;

import static sluice.netlink.nftables.NftablesConstants.NFT_REG_VERDICT;

import sluice.netlink.Attributes;
import sluice.netlink.MessageWriter;
import sluice.netlink.NetlinkException;

/**
 * Puts a constant into a register, or ends the rule with a verdict.
 *
 * @param destination register; the verdict register for a {@link Verdict}
 */
public record Immediate(int destination, Data data) implements Expression {
    static final String NAME = "immediate";

    private static final int NFTA_IMMEDIATE_DREG = 1;
    private static final int NFTA_IMMEDIATE_DATA = 2;

    public Immediate {
        if (destination == NFT_REG_VERDICT != data instanceof Verdict) {
            throw new IllegalArgumentException("register " + destination + " cannot hold " + data);
        }
    }

    /** The end of a rule. */
    public static Immediate of(Verdict verdict) {
        return new Immediate(NFT_REG_VERDICT, verdict);
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public void encode(MessageWriter writer) {
        writer.u32Big(NFTA_IMMEDIATE_DREG, destination);
        data.encode(writer, NFTA_IMMEDIATE_DATA);
    }

    static Immediate decode(Attributes attributes) throws NetlinkException.Malformed {
        int destination = NFT_REG_VERDICT;
        Data data = null;
        while (attributes.next()) {
            switch (attributes.type()) {
                case NFTA_IMMEDIATE_DREG -> destination = attributes.u32Big();
                case NFTA_IMMEDIATE_DATA -> data = Data.decode(attributes);
                default -> {}
            }
        }
        var present = Wire.present(data, "immediate without data");
        if (destination == NFT_REG_VERDICT != present instanceof Verdict) {
            throw new NetlinkException.Malformed("register " + destination + " cannot hold " + present);
        }
        return new Immediate(destination, present);
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.netlink.nftables;

import static sluice.netlink.nftables.NftablesConstants.NFTA_DATA_VERDICT;
import static sluice.netlink.nftables.NftablesConstants.NFTA_VERDICT_CHAIN;
import static sluice.netlink.nftables.NftablesConstants.NFTA_VERDICT_CODE;

import sluice.netlink.Attributes;
import sluice.netlink.MessageWriter;
import sluice.netlink.NetlinkException;

/**
 * What becomes of a packet.
 *
 * @param code NF_DROP, NF_ACCEPT or NFT_* (linux/netfilter/nf_tables.h)
 * @param chain where jump and goto lead; empty otherwise
 */
public record Verdict(int code, String chain) implements Data {
    private static final int NFT_JUMP = -3;
    private static final int NFT_GOTO = -4;

    public static final Verdict DROP = new Verdict(0, "");
    public static final Verdict ACCEPT = new Verdict(1, "");
    /** Goes on with the next rule. */
    public static final Verdict CONTINUE = new Verdict(-1, "");
    /** Goes back to the calling chain; in a base chain applies its policy. */
    public static final Verdict RETURN = new Verdict(-5, "");

    /** Calls a chain of the same table. */
    public static Verdict jump(String chain) {
        return new Verdict(NFT_JUMP, chain);
    }

    /** Goes to a chain of the same table for good. */
    public static Verdict goTo(String chain) {
        return new Verdict(NFT_GOTO, chain);
    }

    @Override
    public void encode(MessageWriter writer, int type) {
        int data = writer.beginNested(type);
        int verdict = writer.beginNested(NFTA_DATA_VERDICT);
        writer.u32Big(NFTA_VERDICT_CODE, code);
        if (!chain.isEmpty()) {
            writer.string(NFTA_VERDICT_CHAIN, chain);
        }
        writer.endNested(verdict);
        writer.endNested(data);
    }

    static Verdict decode(Attributes attributes) throws NetlinkException.Malformed {
        int code = 0;
        var chain = "";
        while (attributes.next()) {
            switch (attributes.type()) {
                case NFTA_VERDICT_CODE -> code = attributes.u32Big();
                case NFTA_VERDICT_CHAIN -> chain = attributes.string();
                default -> {}
            }
        }
        return new Verdict(code, chain);
    }

    @Override
    public String toString() {
        return switch (code) {
            case 0 -> "drop";
            case 1 -> "accept";
            case -1 -> "continue";
            case NFT_JUMP -> "jump " + chain;
            case NFT_GOTO -> "goto " + chain;
            case -5 -> "return";
            default -> "verdict " + code;
        };
    }
}

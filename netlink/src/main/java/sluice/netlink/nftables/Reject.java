// SPDX-License-Identifier: Apache-2.0
package sluice.netlink.nftables;

import sluice.netlink.Attributes;
import sluice.netlink.MessageWriter;
import sluice.netlink.NetlinkException;

/**
 * Drops the packet and tells its sender.
 *
 * @param code of the ICMP message; 0 for a TCP reset
 */
public record Reject(Type type, int code) implements Expression {
    /** In the kernel's numbering (NFT_REJECT_*). */
    public enum Type {
        /** An ICMP code of the packet's own family: for rules that match one family only. */
        ICMP_UNREACHABLE,
        TCP_RESET,
        /** A code that the kernel translates for either family. */
        ICMPX_UNREACHABLE
    }

    /** Codes for {@link Type#ICMPX_UNREACHABLE}. */
    public static final int ICMPX_NO_ROUTE = 0;

    public static final int ICMPX_PORT_UNREACHABLE = 1;
    public static final int ICMPX_HOST_UNREACHABLE = 2;
    public static final int ICMPX_ADMIN_PROHIBITED = 3;

    static final String NAME = "reject";

    private static final int NFTA_REJECT_TYPE = 1;
    private static final int NFTA_REJECT_ICMP_CODE = 2;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public void encode(MessageWriter writer) {
        writer.u32Big(NFTA_REJECT_TYPE, Wire.number(type));
        writer.u8(NFTA_REJECT_ICMP_CODE, code);
    }

    static Reject decode(Attributes data) throws NetlinkException.Malformed {
        var type = Type.ICMP_UNREACHABLE;
        int code = 0;
        while (data.next()) {
            switch (data.type()) {
                case NFTA_REJECT_TYPE -> type = Wire.constant(Type.values(), data.u32Big());
                case NFTA_REJECT_ICMP_CODE -> code = data.u8();
                default -> {}
            }
        }
        return new Reject(type, code);
    }
}

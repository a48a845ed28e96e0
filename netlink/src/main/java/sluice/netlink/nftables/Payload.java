// SPDX-License-Identifier: Apache-2.0
package sluice.netlink.nftables;

import sluice.netlink.Attributes;
import sluice.netlink.MessageWriter;
import sluice.netlink.NetlinkException;

/**
 * Loads bytes of the packet into a register.
 *
 * @param offset from the start of the header, in bytes
 * @param length in bytes
 * @param destination register
 */
public record Payload(Base base, int offset, int length, int destination) implements Expression {
    /** In the kernel's numbering (NFT_PAYLOAD_*). */
    public enum Base {
        LINK_HEADER,
        NETWORK_HEADER,
        TRANSPORT_HEADER,
        INNER_HEADER
    }

    static final String NAME = "payload";

    private static final int NFTA_PAYLOAD_DREG = 1;
    static final int NFTA_PAYLOAD_BASE = 2;
    static final int NFTA_PAYLOAD_OFFSET = 3;
    static final int NFTA_PAYLOAD_LEN = 4;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public void encode(MessageWriter writer) {
        writer.u32Big(NFTA_PAYLOAD_DREG, destination);
        writer.u32Big(NFTA_PAYLOAD_BASE, Wire.number(base));
        writer.u32Big(NFTA_PAYLOAD_OFFSET, offset);
        writer.u32Big(NFTA_PAYLOAD_LEN, length);
    }

    /** This or a {@link PayloadWrite}; one with another kind of checksum stays an {@link UnknownExpression}. */
    static Expression decode(Attributes data, byte[] raw) throws NetlinkException.Malformed {
        var base = Base.LINK_HEADER;
        int offset = 0;
        int length = 0;
        int destination = 0;
        int source = 0;
        int checksum = PayloadWrite.NFT_PAYLOAD_CSUM_NONE;
        int checksumOffset = 0;
        int flags = 0;
        while (data.next()) {
            switch (data.type()) {
                case NFTA_PAYLOAD_DREG -> destination = data.u32Big();
                case NFTA_PAYLOAD_BASE -> base = Wire.constant(Base.values(), data.u32Big());
                case NFTA_PAYLOAD_OFFSET -> offset = data.u32Big();
                case NFTA_PAYLOAD_LEN -> length = data.u32Big();
                case PayloadWrite.NFTA_PAYLOAD_SREG -> source = data.u32Big();
                case PayloadWrite.NFTA_PAYLOAD_CSUM_TYPE -> checksum = data.u32Big();
                case PayloadWrite.NFTA_PAYLOAD_CSUM_OFFSET -> checksumOffset = data.u32Big();
                case PayloadWrite.NFTA_PAYLOAD_CSUM_FLAGS -> flags = data.u32Big();
                default -> {}
            }
        }
        if (source == 0) {
            return new Payload(base, offset, length, destination);
        }
        return switch (checksum) {
            case PayloadWrite.NFT_PAYLOAD_CSUM_NONE ->
                new PayloadWrite(base, offset, length, source, false, checksumOffset, flags);
            case PayloadWrite.NFT_PAYLOAD_CSUM_INET ->
                new PayloadWrite(base, offset, length, source, true, checksumOffset, flags);
            default -> UnknownExpression.of(NAME, raw);
        };
    }
}

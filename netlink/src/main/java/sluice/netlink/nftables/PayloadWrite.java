// SPDX-License-Identifier: Apache-2.0
package sluice.netlink.nftables;

import sluice.netlink.MessageWriter;

/**
 * Writes bytes of a register into the packet, and puts right the checksums that cover them.
 *
 * @param offset from the start of the header, in bytes
 * @param length in bytes
 * @param source register
 * @param checksum whether the header has a checksum of its own, 16 bits of the internet's sort
 * @param checksumOffset of that, from the start of the header
 * @param flags {@link #PSEUDO_HEADER} or 0
 */
public record PayloadWrite(
        Payload.Base base, int offset, int length, int source, boolean checksum, int checksumOffset, int flags)
        implements Expression {
    /** The bytes are part of what the transport protocol's checksum covers. */
    public static final int PSEUDO_HEADER = 1;

    static final int NFTA_PAYLOAD_SREG = 5;
    static final int NFTA_PAYLOAD_CSUM_TYPE = 6;
    static final int NFTA_PAYLOAD_CSUM_OFFSET = 7;
    static final int NFTA_PAYLOAD_CSUM_FLAGS = 8;
    static final int NFT_PAYLOAD_CSUM_NONE = 0;
    static final int NFT_PAYLOAD_CSUM_INET = 1;

    private static final int IPV4_CHECKSUM_OFFSET = 10;

    /** Of the address at this offset of the network header. */
    static PayloadWrite address(Family family, int offset, int source) {
        return family == Family.IPV4
                ? new PayloadWrite(
                        Payload.Base.NETWORK_HEADER, offset, 4, source, true, IPV4_CHECKSUM_OFFSET, PSEUDO_HEADER)
                : new PayloadWrite(Payload.Base.NETWORK_HEADER, offset, 16, source, false, 0, PSEUDO_HEADER);
    }

    @Override
    public String name() {
        return Payload.NAME;
    }

    @Override
    public void encode(MessageWriter writer) {
        writer.u32Big(NFTA_PAYLOAD_SREG, source);
        writer.u32Big(Payload.NFTA_PAYLOAD_BASE, Wire.number(base));
        writer.u32Big(Payload.NFTA_PAYLOAD_OFFSET, offset);
        writer.u32Big(Payload.NFTA_PAYLOAD_LEN, length);
        writer.u32Big(NFTA_PAYLOAD_CSUM_TYPE, checksum ? NFT_PAYLOAD_CSUM_INET : NFT_PAYLOAD_CSUM_NONE);
        writer.u32Big(NFTA_PAYLOAD_CSUM_OFFSET, checksumOffset);
        writer.u32Big(NFTA_PAYLOAD_CSUM_FLAGS, flags);
    }
}

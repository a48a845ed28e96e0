// SPDX-License-Identifier: Apache-2.0
package sluice.netlink.nftables;

import sluice.netlink.Attributes;
import sluice.netlink.MessageWriter;
import sluice.netlink.NetlinkException;

/**
 * {@code destination = (source & mask) ^ xor}, so {@code x & m | v} is the mask {@code m & ~v} with the xor {@code v}.
 *
 * @param source register
 * @param destination register
 * @param mask as long as what is worked on
 * @param xor as long as the mask
 */
public record Bitwise(int source, int destination, Value mask, Value xor) implements Expression {
    static final String NAME = "bitwise";

    private static final int NFTA_BITWISE_SREG = 1;
    private static final int NFTA_BITWISE_DREG = 2;
    private static final int NFTA_BITWISE_LEN = 3;
    private static final int NFTA_BITWISE_MASK = 4;
    private static final int NFTA_BITWISE_XOR = 5;
    private static final int NFTA_BITWISE_OP = 6;
    private static final int NFT_BITWISE_MASK_XOR = 0;

    public Bitwise {
        if (mask.length() != xor.length()) {
            throw new IllegalArgumentException("mask " + mask + " and xor " + xor + " differ in length");
        }
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public void encode(MessageWriter writer) {
        writer.u32Big(NFTA_BITWISE_SREG, source);
        writer.u32Big(NFTA_BITWISE_DREG, destination);
        writer.u32Big(NFTA_BITWISE_OP, NFT_BITWISE_MASK_XOR);
        writer.u32Big(NFTA_BITWISE_LEN, mask.length());
        mask.encode(writer, NFTA_BITWISE_MASK);
        xor.encode(writer, NFTA_BITWISE_XOR);
    }

    /** Shifts, and other operations of newer kernels, stay {@link UnknownExpression}s. */
    static Expression decode(Attributes data, byte[] raw) throws NetlinkException.Malformed {
        int source = 0;
        int destination = 0;
        int operation = NFT_BITWISE_MASK_XOR;
        Value mask = null;
        Value xor = null;
        while (data.next()) {
            switch (data.type()) {
                case NFTA_BITWISE_SREG -> source = data.u32Big();
                case NFTA_BITWISE_DREG -> destination = data.u32Big();
                case NFTA_BITWISE_OP -> operation = data.u32Big();
                case NFTA_BITWISE_MASK -> mask = Value.decode(data);
                case NFTA_BITWISE_XOR -> xor = Value.decode(data);
                default -> {}
            }
        }
        if (operation != NFT_BITWISE_MASK_XOR || mask == null || xor == null || mask.length() != xor.length()) {
            return UnknownExpression.of(NAME, raw);
        }
        return new Bitwise(source, destination, mask, xor);
    }
}

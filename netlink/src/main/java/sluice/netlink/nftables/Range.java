// SPDX-License-Identifier: Apache-2.0
package sluice.netlink.nftables;

import sluice.netlink.Attributes;
import sluice.netlink.MessageWriter;
import sluice.netlink.NetlinkException;

/**
 * Goes on only if the register is within (or outside of) the inclusive range, as bytes in network order.
 *
 * @param source register
 */
public record Range(int source, boolean inverted, Value first, Value last) implements Expression {
    static final String NAME = "range";

    private static final int NFTA_RANGE_SREG = 1;
    private static final int NFTA_RANGE_OP = 2;
    private static final int NFTA_RANGE_FROM_DATA = 3;
    private static final int NFTA_RANGE_TO_DATA = 4;
    private static final int NFT_RANGE_NEQ = 1;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public void encode(MessageWriter writer) {
        writer.u32Big(NFTA_RANGE_SREG, source);
        writer.u32Big(NFTA_RANGE_OP, inverted ? NFT_RANGE_NEQ : 0);
        first.encode(writer, NFTA_RANGE_FROM_DATA);
        last.encode(writer, NFTA_RANGE_TO_DATA);
    }

    static Range decode(Attributes data) throws NetlinkException.Malformed {
        int source = 0;
        boolean inverted = false;
        Value first = null;
        Value last = null;
        while (data.next()) {
            switch (data.type()) {
                case NFTA_RANGE_SREG -> source = data.u32Big();
                case NFTA_RANGE_OP -> inverted = data.u32Big() == NFT_RANGE_NEQ;
                case NFTA_RANGE_FROM_DATA -> first = Value.decode(data);
                case NFTA_RANGE_TO_DATA -> last = Value.decode(data);
                default -> {}
            }
        }
        return new Range(
                source,
                inverted,
                Wire.present(first, "range without a start"),
                Wire.present(last, "range without an end"));
    }
}

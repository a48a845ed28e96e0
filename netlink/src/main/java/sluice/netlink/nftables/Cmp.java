// SPDX-License-Identifier: Apache-2.0
package sluice.netlink.nftables;

import sluice.netlink.Attributes;
import sluice.netlink.MessageWriter;
import sluice.netlink.NetlinkException;

/**
 * Goes on only if the register compares so with the value, as bytes in network order.
 *
 * @param source register
 */
public record Cmp(int source, Operator operator, Value value) implements Expression {
    /** In the kernel's numbering (NFT_CMP_*). */
    public enum Operator {
        EQUAL,
        NOT_EQUAL,
        LESS,
        LESS_OR_EQUAL,
        GREATER,
        GREATER_OR_EQUAL
    }

    static final String NAME = "cmp";

    private static final int NFTA_CMP_SREG = 1;
    private static final int NFTA_CMP_OP = 2;
    private static final int NFTA_CMP_DATA = 3;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public void encode(MessageWriter writer) {
        writer.u32Big(NFTA_CMP_SREG, source);
        writer.u32Big(NFTA_CMP_OP, Wire.number(operator));
        value.encode(writer, NFTA_CMP_DATA);
    }

    static Cmp decode(Attributes data) throws NetlinkException.Malformed {
        int source = 0;
        var operator = Operator.EQUAL;
        Value value = null;
        while (data.next()) {
            switch (data.type()) {
                case NFTA_CMP_SREG -> source = data.u32Big();
                case NFTA_CMP_OP -> operator = Wire.constant(Operator.values(), data.u32Big());
                case NFTA_CMP_DATA -> value = Value.decode(data);
                default -> {}
            }
        }
        return new Cmp(source, operator, Wire.present(value, "cmp without data"));
    }
}

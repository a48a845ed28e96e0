// SPDX-License-Identifier: Apache-2.0
package sluice.netlink.nftables;

import sluice.netlink.Attributes;
import sluice.netlink.MessageWriter;
import sluice.netlink.NetlinkException;

/**
 * Lets packets add elements to a set.
 *
 * @param key register with the element's key
 * @param data register with the data of a map's element, or 0
 * @param timeoutMillis of the element; 0 for the set's own
 */
public record Dynset(Operation operation, String set, int key, int data, long timeoutMillis) implements Expression {
    /** In the kernel's numbering (NFT_DYNSET_OP_*). */
    public enum Operation {
        ADD,
        /** Adds, or starts the timeout of what is there anew. */
        UPDATE,
        DELETE
    }

    static final String NAME = "dynset";

    private static final int NFTA_DYNSET_SET_NAME = 1;
    private static final int NFTA_DYNSET_OP = 3;
    private static final int NFTA_DYNSET_SREG_KEY = 4;
    private static final int NFTA_DYNSET_SREG_DATA = 5;
    private static final int NFTA_DYNSET_TIMEOUT = 6;
    private static final int NFTA_DYNSET_EXPR = 7;
    private static final int NFTA_DYNSET_FLAGS = 9;
    private static final int NFTA_DYNSET_EXPRESSIONS = 10;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public void encode(MessageWriter writer) {
        writer.u32Big(NFTA_DYNSET_OP, Wire.number(operation));
        writer.u32Big(NFTA_DYNSET_SREG_KEY, key);
        if (data != 0) {
            writer.u32Big(NFTA_DYNSET_SREG_DATA, data);
        }
        writer.string(NFTA_DYNSET_SET_NAME, set);
        if (timeoutMillis != 0) {
            writer.u64Big(NFTA_DYNSET_TIMEOUT, timeoutMillis);
        }
    }

    /** Those with expressions or flags of their own stay {@link UnknownExpression}s. */
    static Expression decode(Attributes attributes, byte[] raw) throws NetlinkException.Malformed {
        var operation = Operation.ADD;
        var set = "";
        int key = 0;
        int data = 0;
        long timeout = 0;
        boolean known = true;
        while (attributes.next()) {
            switch (attributes.type()) {
                case NFTA_DYNSET_OP -> operation = Wire.constant(Operation.values(), attributes.u32Big());
                case NFTA_DYNSET_SET_NAME -> set = attributes.string();
                case NFTA_DYNSET_SREG_KEY -> key = attributes.u32Big();
                case NFTA_DYNSET_SREG_DATA -> data = attributes.u32Big();
                case NFTA_DYNSET_TIMEOUT -> timeout = attributes.u64Big();
                case NFTA_DYNSET_FLAGS -> known &= attributes.u32Big() == 0;
                case NFTA_DYNSET_EXPR, NFTA_DYNSET_EXPRESSIONS -> known = false;
                default -> {}
            }
        }
        return known ? new Dynset(operation, set, key, data, timeout) : UnknownExpression.of(NAME, raw);
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.netlink.nftables;

import static sluice.netlink.nftables.NftablesConstants.NFTA_EXPR_DATA;
import static sluice.netlink.nftables.NftablesConstants.NFTA_EXPR_NAME;
import static sluice.netlink.nftables.NftablesConstants.NFTA_LIST_ELEM;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sluice.netlink.Attributes;
import sluice.netlink.MessageWriter;
import sluice.netlink.NetlinkException;

/**
 * One instruction of a rule. Instructions load packet data into registers (1 to 4, 16 bytes each), work on them and set a
 * verdict; a comparison that fails ends the rule. What the kernel dumps decodes to a record equal to what was sent.
 */
public sealed interface Expression
        permits Bitwise,
                Cmp,
                Counter,
                Ct,
                Dynset,
                Fib,
                Immediate,
                Lookup,
                Meta,
                Nat,
                Payload,
                PayloadWrite,
                Range,
                Reject,
                SocketExpression,
                Tproxy,
                UnknownExpression {
    /** The kernel's name of it. */
    String name();

    /** Writes the attributes inside NFTA_EXPR_DATA. */
    void encode(MessageWriter writer);

    /** Writes this expression as the attribute {@code type}. */
    default void encode(MessageWriter writer, int type) {
        int whole = writer.beginNested(type);
        writer.string(NFTA_EXPR_NAME, name());
        int data = writer.beginNested(NFTA_EXPR_DATA);
        encode(writer);
        writer.endNested(data);
        writer.endNested(whole);
    }

    /** Writes a list of expressions as the attribute {@code type}. */
    static void encodeList(MessageWriter writer, int type, List<Expression> expressions) {
        int list = writer.beginNested(type);
        for (var expression : expressions) {
            expression.encode(writer, NFTA_LIST_ELEM);
        }
        writer.endNested(list);
    }

    /** Reads a list of expressions nested in the attribute at the cursor. */
    static List<Expression> decodeList(Attributes attribute) throws NetlinkException.Malformed {
        var result = new ArrayList<Expression>();
        var list = attribute.nested();
        while (list.next()) {
            result.add(decode(list));
        }
        return List.copyOf(result);
    }

    /** Reads the expression nested in the attribute at the cursor. */
    static Expression decode(Attributes attribute) throws NetlinkException.Malformed {
        var name = "";
        Attributes data = null;
        byte[] raw = {};
        var parts = attribute.nested();
        while (parts.next()) {
            switch (parts.type()) {
                case NFTA_EXPR_NAME -> name = parts.string();
                case NFTA_EXPR_DATA -> {
                    data = parts.nested();
                    raw = parts.bytes();
                }
                default -> {}
            }
        }
        return decode(name, data, raw);
    }

    private static Expression decode(String name, @Nullable Attributes data, byte[] raw)
            throws NetlinkException.Malformed {
        if (data == null) {
            return new UnknownExpression(name, List.of());
        }
        return switch (name) {
            case Bitwise.NAME -> Bitwise.decode(data, raw);
            case Cmp.NAME -> Cmp.decode(data);
            case Counter.NAME -> Counter.decode(data);
            case Ct.NAME -> Ct.decode(data, raw);
            case Dynset.NAME -> Dynset.decode(data, raw);
            case Fib.NAME -> Fib.decode(data);
            case Immediate.NAME -> Immediate.decode(data);
            case Lookup.NAME -> Lookup.decode(data);
            case Meta.NAME -> Meta.decode(data, raw);
            case Nat.NAME -> Nat.decode(data);
            case Payload.NAME -> Payload.decode(data, raw);
            case Range.NAME -> Range.decode(data);
            case Reject.NAME -> Reject.decode(data);
            case SocketExpression.NAME -> SocketExpression.decode(data);
            case Tproxy.NAME -> Tproxy.decode(data);
            default -> UnknownExpression.of(name, raw);
        };
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.netlink.nftables;

import java.util.ArrayList;
import java.util.List;
import sluice.netlink.MessageWriter;

/**
 * An expression of somebody else's rule that this package has no record for; it can be told from others and sent back.
 *
 * @param name the kernel's name of it
 * @param data the bytes inside NFTA_EXPR_DATA
 */
public record UnknownExpression(String name, List<Byte> data) implements Expression {
    public UnknownExpression {
        data = List.copyOf(data);
    }

    static UnknownExpression of(String name, byte[] raw) {
        var data = new ArrayList<Byte>(raw.length);
        for (byte b : raw) {
            data.add(b);
        }
        return new UnknownExpression(name, data);
    }

    @Override
    public void encode(MessageWriter writer) {
        data.forEach(writer::raw8);
        for (int i = data.size(); (i & 3) != 0; i++) {
            writer.raw8(0);
        }
    }
}

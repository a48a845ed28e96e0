// SPDX-License-Identifier: Apache-2.0
package sluice.netlink.nftables;

import org.jspecify.annotations.Nullable;
import sluice.netlink.Attributes;
import sluice.netlink.MessageWriter;
import sluice.netlink.NetlinkException;

/**
 * Goes on only if the set holds the register's value; with a map, also loads the element's data.
 *
 * @param source register
 * @param inverted goes on only if the set does not hold it
 * @param destination register for a map's data, the verdict register for verdicts; null to ask only
 */
public record Lookup(
        int source,
        SetReference set,
        boolean inverted,
        @Nullable Integer destination) implements Expression {
    static final String NAME = "lookup";

    private static final int NFTA_LOOKUP_SET = 1;
    private static final int NFTA_LOOKUP_SREG = 2;
    private static final int NFTA_LOOKUP_DREG = 3;
    private static final int NFTA_LOOKUP_SET_ID = 4;
    private static final int NFTA_LOOKUP_FLAGS = 5;
    private static final int NFT_LOOKUP_F_INV = 1;

    @Override
    public String name() {
        return NAME;
    }

    Lookup in(SetReference other) {
        return new Lookup(source, other, inverted, destination);
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalStateException with an anonymous set, which only a {@link Transaction} can make
     */
    @Override
    public void encode(MessageWriter writer) {
        if (!(set instanceof SetReference.Named named)) {
            throw new IllegalStateException("an anonymous set is sent by a transaction, with the rule that uses it");
        }
        writer.u32Big(NFTA_LOOKUP_SREG, source);
        if (destination != null) {
            writer.u32Big(NFTA_LOOKUP_DREG, destination);
        }
        writer.string(NFTA_LOOKUP_SET, named.name());
        if (named.id() != 0) {
            writer.u32Big(NFTA_LOOKUP_SET_ID, named.id());
        }
        if (inverted) {
            writer.u32Big(NFTA_LOOKUP_FLAGS, NFT_LOOKUP_F_INV);
        }
    }

    static Lookup decode(Attributes data) throws NetlinkException.Malformed {
        int source = 0;
        var set = "";
        boolean inverted = false;
        Integer destination = null;
        while (data.next()) {
            switch (data.type()) {
                case NFTA_LOOKUP_SREG -> source = data.u32Big();
                case NFTA_LOOKUP_DREG -> destination = data.u32Big();
                case NFTA_LOOKUP_SET -> set = data.string();
                case NFTA_LOOKUP_FLAGS -> inverted = (data.u32Big() & NFT_LOOKUP_F_INV) != 0;
                default -> {}
            }
        }
        return new Lookup(source, SetReference.named(set), inverted, destination);
    }
}

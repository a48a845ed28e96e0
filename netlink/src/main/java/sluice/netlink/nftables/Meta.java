// SPDX-License-Identifier: Apache-2.0
package sluice.netlink.nftables;

import sluice.netlink.Attributes;
import sluice.netlink.MessageWriter;
import sluice.netlink.NetlinkException;

/**
 * Loads what the kernel knows about the packet into a register, or sets it from one.
 *
 * @param register destination when loading, source when setting
 */
public record Meta(Key key, int register, boolean set) implements Expression {
    /** What is loaded or set, with the kernel's number (NFT_META_*). */
    public enum Key {
        LENGTH(0),
        PROTOCOL(1),
        PRIORITY(2),
        MARK(3),
        INPUT_INDEX(4),
        OUTPUT_INDEX(5),
        INPUT_NAME(6),
        OUTPUT_NAME(7),
        SOCKET_USER(10),
        SOCKET_GROUP(11),
        NFPROTO(15),
        L4PROTO(16),
        PACKET_TYPE(19);

        private final int number;

        Key(int number) {
            this.number = number;
        }
    }

    static final String NAME = "meta";

    private static final int NFTA_META_DREG = 1;
    private static final int NFTA_META_KEY = 2;
    private static final int NFTA_META_SREG = 3;

    /** Loads into a register. */
    public static Meta load(Key key, int register) {
        return new Meta(key, register, false);
    }

    /** Sets from a register. */
    public static Meta set(Key key, int register) {
        return new Meta(key, register, true);
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public void encode(MessageWriter writer) {
        writer.u32Big(NFTA_META_KEY, key.number);
        writer.u32Big(set ? NFTA_META_SREG : NFTA_META_DREG, register);
    }

    static Expression decode(Attributes data, byte[] raw) throws NetlinkException.Malformed {
        int number = -1;
        int register = 0;
        boolean set = false;
        while (data.next()) {
            switch (data.type()) {
                case NFTA_META_KEY -> number = data.u32Big();
                case NFTA_META_DREG -> register = data.u32Big();
                case NFTA_META_SREG -> {
                    register = data.u32Big();
                    set = true;
                }
                default -> {}
            }
        }
        for (var key : Key.values()) {
            if (key.number == number) {
                return new Meta(key, register, set);
            }
        }
        return UnknownExpression.of(NAME, raw);
    }
}

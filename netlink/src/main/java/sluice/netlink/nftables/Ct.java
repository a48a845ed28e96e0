// SPDX-License-Identifier: Apache-2.0
package sluice.netlink.nftables;

import org.jspecify.annotations.Nullable;
import sluice.netlink.Attributes;
import sluice.netlink.MessageWriter;
import sluice.netlink.NetlinkException;

/**
 * Loads what connection tracking knows about the packet's flow into a register, or sets it from one.
 *
 * @param register destination when loading, source when setting
 * @param direction whose address or port is meant; null where the key has no direction
 */
public record Ct(
        Key key, int register, boolean set, @Nullable Direction direction) implements Expression {
    /** What is loaded or set, with the kernel's number (NFT_CT_*). */
    public enum Key {
        STATE(0),
        DIRECTION(1),
        STATUS(2),
        MARK(3),
        PROTOCOL(10),
        SOURCE_PORT(11),
        DESTINATION_PORT(12),
        ZONE(17),
        SOURCE_IPV4(19),
        DESTINATION_IPV4(20),
        SOURCE_IPV6(21),
        DESTINATION_IPV6(22),
        ID(23);

        private final int number;

        Key(int number) {
            this.number = number;
        }

        /** Of the source's address. */
        static Key source(Family family) {
            return family == Family.IPV4 ? SOURCE_IPV4 : SOURCE_IPV6;
        }

        /** Of the destination's address. */
        static Key destination(Family family) {
            return family == Family.IPV4 ? DESTINATION_IPV4 : DESTINATION_IPV6;
        }
    }

    /** As the kernel numbers them (IP_CT_DIR_*). */
    public enum Direction {
        ORIGINAL,
        REPLY
    }

    /** Bits of {@link Key#STATE} (NF_CT_STATE_BIT of linux/netfilter/nf_conntrack_common.h). */
    public static final int STATE_INVALID = 1;

    public static final int STATE_ESTABLISHED = 2;

    public static final int STATE_RELATED = 4;
    public static final int STATE_NEW = 8;
    public static final int STATE_UNTRACKED = 64;

    /** A bit of {@link Key#STATUS}: the destination was changed (IPS_DST_NAT of linux/netfilter/nf_conntrack_common.h). */
    public static final int STATUS_DESTINATION_NAT = 1 << 5;

    static final String NAME = "ct";

    private static final int NFTA_CT_DREG = 1;
    private static final int NFTA_CT_KEY = 2;
    private static final int NFTA_CT_DIRECTION = 3;
    private static final int NFTA_CT_SREG = 4;

    /** Loads into a register. */
    public static Ct load(Key key, int register) {
        return new Ct(key, register, false, null);
    }

    /** Loads what belongs to one direction into a register. */
    public static Ct load(Key key, Direction direction, int register) {
        return new Ct(key, register, false, direction);
    }

    /** Sets from a register. */
    public static Ct set(Key key, int register) {
        return new Ct(key, register, true, null);
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public void encode(MessageWriter writer) {
        writer.u32Big(NFTA_CT_KEY, key.number);
        if (direction != null) {
            writer.u8(NFTA_CT_DIRECTION, Wire.number(direction));
        }
        writer.u32Big(set ? NFTA_CT_SREG : NFTA_CT_DREG, register);
    }

    static Expression decode(Attributes data, byte[] raw) throws NetlinkException.Malformed {
        int number = -1;
        int register = 0;
        boolean set = false;
        Direction direction = null;
        while (data.next()) {
            switch (data.type()) {
                case NFTA_CT_KEY -> number = data.u32Big();
                case NFTA_CT_DIRECTION -> direction = Wire.constant(Direction.values(), data.u8());
                case NFTA_CT_DREG -> register = data.u32Big();
                case NFTA_CT_SREG -> {
                    register = data.u32Big();
                    set = true;
                }
                default -> {}
            }
        }
        for (var key : Key.values()) {
            if (key.number == number) {
                return new Ct(key, register, set, direction);
            }
        }
        return UnknownExpression.of(NAME, raw);
    }
}

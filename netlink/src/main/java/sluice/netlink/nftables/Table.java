// SPDX-License-Identifier: Apache-2.0
package sluice.netlink.nftables;

import static sluice.netlink.nftables.NftablesConstants.NFGENMSG_LENGTH;
import static sluice.netlink.nftables.NftablesConstants.NFTA_TABLE_FLAGS;
import static sluice.netlink.nftables.NftablesConstants.NFTA_TABLE_NAME;
import static sluice.netlink.nftables.NftablesConstants.NFTA_TABLE_OWNER;
import static sluice.netlink.nftables.NftablesConstants.NFTA_TABLE_USERDATA;

import sluice.netlink.Attributes;
import sluice.netlink.MessageWriter;
import sluice.netlink.Messages;
import sluice.netlink.NetlinkException;

/**
 * A table.
 *
 * @param flags NFT_TABLE_F_*
 * @param comment shown by nft; empty for none
 * @param owner netlink port of the only socket that may change the table, set by the kernel for {@link #OWNED}; else 0
 */
public record Table(Family family, String name, int flags, String comment, int owner) {
    /** Its chains are not called. */
    public static final int DORMANT = 1;
    /** Only the socket that made or adopted it may change it; others' {@code flush ruleset} leaves it out. */
    public static final int OWNED = 2;
    /**
     * It outlives its owner. Every program may change it then, and a socket that adds it with {@link #OWNED} becomes
     * its owner. Only a new table can get this flag. Since Linux 6.9.
     */
    public static final int PERSISTENT = 4;

    public Table {
        UserData.checked(comment);
    }

    /** A table for IPv4 and IPv6. */
    public static Table inet(String name) {
        return new Table(Family.INET, name, 0, "", 0);
    }

    public Table withComment(String text) {
        return new Table(family, name, flags, text, owner);
    }

    /** With these flags, as it is before the kernel has it. */
    public Table withFlags(int other) {
        return new Table(family, name, other, comment, 0);
    }

    /** Whether it has the flag or flags. */
    public boolean has(int flag) {
        return (flags & flag) == flag;
    }

    /** As the kernel tells of it once a socket has made it. */
    public Table ownedBy(int portId) {
        return new Table(family, name, flags, comment, portId);
    }

    /** A chain that other chains lead to. */
    public Chain chain(String chain) {
        return new Chain(family, name, chain, null, "");
    }

    /** A chain that the kernel calls. */
    public Chain baseChain(String chain, BaseChain base) {
        return new Chain(family, name, chain, base, "");
    }

    /** A set. */
    public NftSet set(String set, DataType key) {
        return new NftSet(family, name, set, key, null, 0, 0, false, "");
    }

    /** A map; with {@link DataType#VERDICT} a verdict map. */
    public NftSet map(String map, DataType key, DataType data) {
        return new NftSet(family, name, map, key, data, 0, 0, false, "");
    }

    /** Whether the object that a message tells of, whatever it is, is this table or belongs to it. */
    boolean owns(Messages message) throws NetlinkException.Malformed {
        if (message.header8(0) != family.number()) {
            return false;
        }
        var attributes = message.attributes(NFGENMSG_LENGTH);
        while (attributes.next()) {
            // As NFTA_CHAIN_TABLE, NFTA_RULE_TABLE, NFTA_SET_TABLE and NFTA_SET_ELEM_LIST_TABLE.
            if (attributes.type() == NFTA_TABLE_NAME) {
                return attributes.string().equals(name);
            }
        }
        return false;
    }

    void encode(MessageWriter writer) {
        writer.netfilterHeader(family.number(), 0);
        writer.string(NFTA_TABLE_NAME, name);
        writer.u32Big(NFTA_TABLE_FLAGS, flags);
        new UserData().comment(UserData.COMMENT, comment).encode(writer, NFTA_TABLE_USERDATA);
    }

    static Table decode(Messages message) throws NetlinkException.Malformed {
        var family = Family.of(message.header8(0));
        var name = "";
        int flags = 0;
        var comment = "";
        int owner = 0;
        Attributes attributes = message.attributes(NFGENMSG_LENGTH);
        while (attributes.next()) {
            switch (attributes.type()) {
                case NFTA_TABLE_NAME -> name = attributes.string();
                case NFTA_TABLE_FLAGS -> flags = attributes.u32Big();
                case NFTA_TABLE_OWNER -> owner = attributes.u32Big();
                case NFTA_TABLE_USERDATA -> comment = UserData.foundComment(attributes.bytes(), UserData.COMMENT);
                default -> {}
            }
        }
        return new Table(family, name, flags, comment, owner);
    }

    @Override
    public String toString() {
        return "table " + family + " " + name;
    }
}

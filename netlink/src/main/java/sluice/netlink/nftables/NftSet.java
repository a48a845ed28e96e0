// SPDX-License-Identifier: Apache-2.0
package sluice.netlink.nftables;

import static sluice.netlink.nftables.NftablesConstants.NFGENMSG_LENGTH;
import static sluice.netlink.nftables.NftablesConstants.NFTA_SET_DATA_LEN;
import static sluice.netlink.nftables.NftablesConstants.NFTA_SET_DATA_TYPE;
import static sluice.netlink.nftables.NftablesConstants.NFTA_SET_DESC;
import static sluice.netlink.nftables.NftablesConstants.NFTA_SET_DESC_SIZE;
import static sluice.netlink.nftables.NftablesConstants.NFTA_SET_EXPR;
import static sluice.netlink.nftables.NftablesConstants.NFTA_SET_FLAGS;
import static sluice.netlink.nftables.NftablesConstants.NFTA_SET_ID;
import static sluice.netlink.nftables.NftablesConstants.NFTA_SET_KEY_LEN;
import static sluice.netlink.nftables.NftablesConstants.NFTA_SET_KEY_TYPE;
import static sluice.netlink.nftables.NftablesConstants.NFTA_SET_NAME;
import static sluice.netlink.nftables.NftablesConstants.NFTA_SET_TABLE;
import static sluice.netlink.nftables.NftablesConstants.NFTA_SET_TIMEOUT;
import static sluice.netlink.nftables.NftablesConstants.NFTA_SET_USERDATA;

import org.jspecify.annotations.Nullable;
import sluice.netlink.Attributes;
import sluice.netlink.MessageWriter;
import sluice.netlink.Messages;
import sluice.netlink.NetlinkException;

/**
 * A set or map; its elements are separate objects.
 *
 * @param family of its table
 * @param table its table's name
 * @param key type of the keys
 * @param data type of a map's data; null for a set
 * @param flags NFT_SET_* besides NFT_SET_MAP, which follows from {@code data}
 * @param timeoutMillis how long elements stay by default; 0 for ever
 * @param counter whether each element counts packets and bytes
 * @param comment shown by nft; empty for none
 */
public record NftSet(
        Family family,
        String table,
        String name,
        DataType key,
        @Nullable DataType data,
        int flags,
        long timeoutMillis,
        boolean counter,
        String comment) {
    public static final int ANONYMOUS = 0x1;
    public static final int CONSTANT = 0x2;
    /** Elements are ranges; see {@link Element#interval}. */
    public static final int INTERVAL = 0x4;

    private static final int NFT_SET_MAP = 0x8;
    /** Elements may time out. */
    public static final int TIMEOUT = 0x10;
    /** Rules may add elements. */
    public static final int DYNAMIC = 0x20;

    private static final int NFT_SET_EXPR = 0x100;

    public NftSet {
        UserData.checked(comment);
    }

    public NftSet withFlags(int more) {
        return new NftSet(family, table, name, key, data, flags | more, timeoutMillis, counter, comment);
    }

    public NftSet withTimeout(long millis) {
        return new NftSet(family, table, name, key, data, flags | TIMEOUT, millis, counter, comment);
    }

    /** Each element counts. */
    public NftSet withCounter() {
        return new NftSet(family, table, name, key, data, flags, timeoutMillis, true, comment);
    }

    public NftSet withComment(String text) {
        return new NftSet(family, table, name, key, data, flags, timeoutMillis, counter, text);
    }

    /** Whether it lives and dies with the rule that uses it. */
    public boolean isAnonymous() {
        return (flags & ANONYMOUS) != 0;
    }

    void encodeName(MessageWriter writer) {
        writer.netfilterHeader(family.number(), 0);
        writer.string(NFTA_SET_TABLE, table);
        writer.string(NFTA_SET_NAME, name);
    }

    /**
     * Writes the definition.
     *
     * @param id number within its transaction
     * @param size number of elements there will ever be; 0 for any
     */
    void encode(MessageWriter writer, int id, int size) {
        encodeName(writer);
        writer.u32Big(NFTA_SET_FLAGS, flags | (data == null ? 0 : NFT_SET_MAP));
        writer.u32Big(NFTA_SET_KEY_TYPE, key.number());
        writer.u32Big(NFTA_SET_KEY_LEN, key.length());
        if (data != null) {
            writer.u32Big(NFTA_SET_DATA_TYPE, data.number());
            writer.u32Big(NFTA_SET_DATA_LEN, data.length());
        }
        writer.u32Big(NFTA_SET_ID, id);
        if (size > 0) {
            int description = writer.beginNested(NFTA_SET_DESC);
            writer.u32Big(NFTA_SET_DESC_SIZE, size);
            writer.endNested(description);
        }
        if (timeoutMillis != 0) {
            writer.u64Big(NFTA_SET_TIMEOUT, timeoutMillis);
        }
        userData().encode(writer, NFTA_SET_USERDATA);
        if (counter) {
            Counter.ZERO.encode(writer, NFTA_SET_EXPR);
        }
    }

    private UserData userData() {
        var userData = new UserData().u32(UserData.SET_KEYBYTEORDER, key.byteOrder());
        if (data != null) {
            userData.u32(UserData.SET_DATABYTEORDER, data.byteOrder()).u32(UserData.SET_DATA_INTERVAL, 0);
        }
        return userData.comment(UserData.SET_COMMENT, comment);
    }

    static NftSet decode(Messages message) throws NetlinkException.Malformed {
        var fields = new Fields();
        fields.read(message.attributes(NFGENMSG_LENGTH));
        var key = DataType.of(fields.keyType, fields.keyLength, fields.order(UserData.SET_KEYBYTEORDER));
        var data = (fields.flags & NFT_SET_MAP) == 0
                ? null
                : DataType.of(fields.dataType, fields.dataLength, fields.order(UserData.SET_DATABYTEORDER));
        return new NftSet(
                Family.of(message.header8(0)),
                fields.table,
                fields.name,
                key,
                data,
                fields.flags & ~(NFT_SET_MAP | NFT_SET_EXPR),
                fields.timeout,
                fields.counter,
                UserData.foundComment(fields.userData, UserData.SET_COMMENT));
    }

    private static final class Fields {
        private String table = "";
        private String name = "";
        private int flags;
        private int keyType;
        private int keyLength;
        private int dataType;
        private int dataLength;
        private long timeout;
        private boolean counter;
        private byte[] userData = {};

        void read(Attributes attributes) throws NetlinkException.Malformed {
            while (attributes.next()) {
                switch (attributes.type()) {
                    case NFTA_SET_TABLE -> table = attributes.string();
                    case NFTA_SET_NAME -> name = attributes.string();
                    case NFTA_SET_FLAGS -> flags = attributes.u32Big();
                    case NFTA_SET_KEY_TYPE -> keyType = attributes.u32Big();
                    case NFTA_SET_KEY_LEN -> keyLength = attributes.u32Big();
                    case NFTA_SET_DATA_TYPE -> dataType = attributes.u32Big();
                    case NFTA_SET_DATA_LEN -> dataLength = attributes.u32Big();
                    case NFTA_SET_TIMEOUT -> timeout = attributes.u64Big();
                    case NFTA_SET_USERDATA -> userData = attributes.bytes();
                    case NFTA_SET_EXPR -> counter = Expression.decode(attributes) instanceof Counter;
                    default -> {}
                }
            }
        }

        int order(int type) {
            return UserData.findU32(userData, type);
        }
    }

    @Override
    public String toString() {
        return (data == null ? "set " : "map ") + name + " of " + family + " " + table;
    }
}

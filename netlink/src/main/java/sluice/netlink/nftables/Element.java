// SPDX-License-Identifier: Apache-2.0
package sluice.netlink.nftables;

import static sluice.netlink.nftables.NftablesConstants.NFGENMSG_LENGTH;
import static sluice.netlink.nftables.NftablesConstants.NFTA_LIST_ELEM;
import static sluice.netlink.nftables.NftablesConstants.NFTA_SET_ELEM_DATA;
import static sluice.netlink.nftables.NftablesConstants.NFTA_SET_ELEM_EXPIRATION;
import static sluice.netlink.nftables.NftablesConstants.NFTA_SET_ELEM_EXPR;
import static sluice.netlink.nftables.NftablesConstants.NFTA_SET_ELEM_FLAGS;
import static sluice.netlink.nftables.NftablesConstants.NFTA_SET_ELEM_KEY;
import static sluice.netlink.nftables.NftablesConstants.NFTA_SET_ELEM_LIST_ELEMENTS;
import static sluice.netlink.nftables.NftablesConstants.NFTA_SET_ELEM_TIMEOUT;
import static sluice.netlink.nftables.NftablesConstants.NFTA_SET_ELEM_USERDATA;
import static sluice.netlink.nftables.NftablesConstants.NFT_SET_ELEM_CATCHALL;
import static sluice.netlink.nftables.NftablesConstants.NFT_SET_ELEM_INTERVAL_END;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sluice.netlink.Attributes;
import sluice.netlink.MessageWriter;
import sluice.netlink.Messages;
import sluice.netlink.NetlinkException;

/**
 * An element of a set or map.
 *
 * @param key of the element; the first value of an interval, or its end (exclusive) with {@link Bound#END}; {@link Value#NONE} with
 *     {@link Bound#CATCH_ALL}
 * @param data of a map's element; null in a set
 * @param comment shown by nft; empty for none
 * @param timeoutMillis how long it stays; 0 for the set's own timeout
 * @param expiresMillis how long it will stay from now on; 0 if it does not time out
 * @param counter what it counted; null if it does not count
 */
public record Element(
        Value key,
        @Nullable Data data,
        Bound bound,
        String comment,
        long timeoutMillis,
        long expiresMillis,
        @Nullable Counter counter) {
    /** What the key stands for. */
    public enum Bound {
        /** An element of a set without intervals, or the first value of an interval. */
        START,
        /** The first value after an interval. */
        END,
        /** The first value of an interval that reaches to the last value there is. */
        OPEN_START,
        /** No key: the element for everything that no other one holds, {@code *} in nft's grammar. */
        CATCH_ALL
    }

    public Element {
        if (!comment.isEmpty()) {
            UserData.checked(comment);
        }
    }

    /** An element of a set. */
    public static Element of(Value key) {
        return new Element(key, null, Bound.START, "", 0, 0, null);
    }

    /** The element of a map for everything that no other one holds. */
    public static Element catchAll(Data data) {
        return new Element(Value.NONE, data, Bound.CATCH_ALL, "", 0, 0, null);
    }

    /** An element of a map. */
    public static Element of(Value key, Data data) {
        return new Element(key, data, Bound.START, "", 0, 0, null);
    }

    /**
     * The elements that stand for all values from {@code first} to {@code last}, both included. The kernel refuses
     * intervals that overlap: merge them first.
     */
    public static List<Element> interval(Value first, Value last) {
        if (first.compareTo(last) > 0 || first.length() != last.length()) {
            throw new IllegalArgumentException("not an interval: " + first + " to " + last);
        }
        var end = last.successor();
        if (end.isZero()) {
            return List.of(of(first).withBound(Bound.OPEN_START));
        }
        return List.of(of(first), of(end).withBound(Bound.END));
    }

    private Element withBound(Bound other) {
        return new Element(key, data, other, comment, timeoutMillis, expiresMillis, counter);
    }

    /** With a comment of at most 127 bytes that has no quotes and no control characters. */
    public Element withComment(String text) {
        return new Element(key, data, bound, text, timeoutMillis, expiresMillis, counter);
    }

    /** With any text as comment: too long a one loses its front, a character that is not allowed becomes '?'. */
    public Element withFittingComment(String text) {
        return withComment(UserData.fit(text));
    }

    public Element withTimeout(long millis) {
        return new Element(key, data, bound, comment, millis, expiresMillis, counter);
    }

    /** With figures to start counting from. */
    public Element withCounter(@Nullable Counter figures) {
        return new Element(key, data, bound, comment, timeoutMillis, expiresMillis, figures);
    }

    /** Without what changes by itself: figures and the remaining time. */
    public Element withoutState() {
        return new Element(key, data, bound, comment, timeoutMillis, 0, null);
    }

    void encode(MessageWriter writer) {
        int element = writer.beginNested(NFTA_LIST_ELEM);
        switch (bound) {
            case START, OPEN_START -> key.encode(writer, NFTA_SET_ELEM_KEY);
            case END -> {
                writer.u32Big(NFTA_SET_ELEM_FLAGS, NFT_SET_ELEM_INTERVAL_END);
                key.encode(writer, NFTA_SET_ELEM_KEY);
            }
            case CATCH_ALL -> writer.u32Big(NFTA_SET_ELEM_FLAGS, NFT_SET_ELEM_CATCHALL);
        }
        if (data != null) {
            data.encode(writer, NFTA_SET_ELEM_DATA);
        }
        if (timeoutMillis != 0) {
            writer.u64Big(NFTA_SET_ELEM_TIMEOUT, timeoutMillis);
        }
        if (expiresMillis != 0) {
            writer.u64Big(NFTA_SET_ELEM_EXPIRATION, expiresMillis);
        }
        if (bound == Bound.OPEN_START || !comment.isEmpty()) {
            encodeUserData(writer);
        }
        if (counter != null) {
            counter.encode(writer, NFTA_SET_ELEM_EXPR);
        }
        writer.endNested(element);
    }

    private void encodeUserData(MessageWriter writer) {
        var userData = new UserData().comment(UserData.COMMENT, comment);
        if (bound == Bound.OPEN_START) {
            userData.u32(UserData.SET_ELEM_FLAGS, UserData.SET_ELEM_F_INTERVAL_OPEN);
        }
        userData.encode(writer, NFTA_SET_ELEM_USERDATA);
    }

    /** Reads the element nested in the attribute at the cursor. */
    static Element decode(Attributes attribute) throws NetlinkException.Malformed {
        Value key = null;
        Data data = null;
        int flags = 0;
        long timeout = 0;
        long expires = 0;
        byte[] userData = {};
        Counter counter = null;
        var parts = attribute.nested();
        while (parts.next()) {
            switch (parts.type()) {
                case NFTA_SET_ELEM_KEY -> key = Value.decode(parts);
                case NFTA_SET_ELEM_DATA -> data = Data.decode(parts);
                case NFTA_SET_ELEM_FLAGS -> flags = parts.u32Big();
                case NFTA_SET_ELEM_TIMEOUT -> timeout = parts.u64Big();
                case NFTA_SET_ELEM_EXPIRATION -> expires = parts.u64Big();
                case NFTA_SET_ELEM_USERDATA -> userData = parts.bytes();
                case NFTA_SET_ELEM_EXPR -> counter = Expression.decode(parts) instanceof Counter c ? c : null;
                default -> {}
            }
        }
        var bound = bound(flags, userData);
        return new Element(
                bound == Bound.CATCH_ALL ? Value.NONE : Wire.present(key, "a set element without a key"),
                data,
                bound,
                UserData.foundComment(userData, UserData.COMMENT),
                timeout,
                expires,
                counter);
    }

    private static Bound bound(int flags, byte[] userData) {
        if ((flags & NFT_SET_ELEM_INTERVAL_END) != 0) {
            return Bound.END;
        }
        if ((flags & NFT_SET_ELEM_CATCHALL) != 0) {
            return Bound.CATCH_ALL;
        }
        boolean open = (UserData.findU32(userData, UserData.SET_ELEM_FLAGS) & UserData.SET_ELEM_F_INTERVAL_OPEN) != 0;
        return open ? Bound.OPEN_START : Bound.START;
    }

    /** The elements in a message of NFT_MSG_NEWSETELEM or NFT_MSG_DELSETELEM. */
    static List<Element> decodeAll(Messages message) throws NetlinkException.Malformed {
        var result = new ArrayList<Element>();
        var attributes = message.attributes(NFGENMSG_LENGTH);
        while (attributes.next()) {
            if (attributes.type() == NFTA_SET_ELEM_LIST_ELEMENTS) {
                var list = attributes.nested();
                while (list.next()) {
                    result.add(decode(list));
                }
            }
        }
        return result;
    }

    @Override
    public String toString() {
        return (bound == Bound.CATCH_ALL ? "*" : key)
                + (data == null ? "" : " : " + data)
                + (bound == Bound.END ? " (end)" : "")
                + (comment.isEmpty() ? "" : " \"" + comment + '"');
    }
}

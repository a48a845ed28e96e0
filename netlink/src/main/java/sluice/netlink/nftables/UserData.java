// SPDX-License-Identifier: Apache-2.0
package sluice.netlink.nftables;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import sluice.linux.KernelString;
import sluice.netlink.MessageWriter;

/**
 * The bytes that the kernel keeps for nft(8) with an object: records of type, length (8 bits each) and value, as libnftnl
 * writes them (include/libnftnl/udata.h).
 */
final class UserData {
    /** NFTNL_UDATA_TABLE_COMMENT, _CHAIN_COMMENT, _RULE_COMMENT, _SET_ELEM_COMMENT. */
    static final int COMMENT = 0;

    static final int SET_KEYBYTEORDER = 0;
    static final int SET_DATABYTEORDER = 1;
    static final int SET_DATA_INTERVAL = 6;
    static final int SET_COMMENT = 7;
    static final int SET_ELEM_FLAGS = 1;
    /** The interval reaches to the last value there is, so no end follows. */
    static final int SET_ELEM_F_INTERVAL_OPEN = 1;

    /** NFTNL_UDATA_COMMENT_MAXLEN, with the NUL. */
    private static final int COMMENT_MAXLEN = 128;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    /** Adds a comment, unless it is empty. */
    UserData comment(int type, String comment) {
        if (!comment.isEmpty()) {
            var bytes = comment.getBytes(StandardCharsets.UTF_8);
            out.write(type);
            out.write(bytes.length + 1);
            out.writeBytes(bytes);
            out.write(0);
        }
        return this;
    }

    UserData u32(int type, int value) {
        out.write(type);
        out.write(4);
        out.writeBytes(ByteBuffer.allocate(4)
                .order(ByteOrder.nativeOrder())
                .putInt(value)
                .array());
        return this;
    }

    /** Writes it as the attribute {@code attribute}, unless it is empty. */
    void encode(MessageWriter writer, int attribute) {
        if (out.size() > 0) {
            writer.bytes(attribute, out.toByteArray());
        }
    }

    /** The value of the first record of that type; null if there is none. Stops at a record that does not fit. */
    static byte @Nullable [] find(byte[] data, int type) {
        for (int at = 0; at + 2 <= data.length; ) {
            int end = at + 2 + Byte.toUnsignedInt(data[at + 1]);
            if (end > data.length) {
                return null;
            }
            if (data[at] == type) {
                return Arrays.copyOfRange(data, at + 2, end);
            }
            at = end;
        }
        return null;
    }

    static int findU32(byte[] data, int type) {
        var value = find(data, type);
        return value == null || value.length != 4
                ? 0
                : ByteBuffer.wrap(value).order(ByteOrder.nativeOrder()).getInt();
    }

    /** A comment that somebody else may have written; made fit where it is not. */
    static String foundComment(byte[] data, int type) {
        var value = find(data, type);
        if (value == null) {
            return "";
        }
        int length = 0;
        while (length < value.length && value[length] != 0) {
            length++;
        }
        return fit(new String(value, 0, length, StandardCharsets.UTF_8));
    }

    /**
     * Checks a comment before it becomes part of an object.
     *
     * @throws IllegalArgumentException if nft could not print it so that it reads it back
     */
    static String checked(String comment) {
        if (!comment.codePoints().allMatch(UserData::isPrintable)
                || comment.getBytes(StandardCharsets.UTF_8).length >= COMMENT_MAXLEN) {
            throw new IllegalArgumentException(
                    "a comment has at most 127 bytes, no quotes and no control characters: " + comment);
        }
        return comment;
    }

    private static boolean isPrintable(int c) {
        return c != '"' && KernelString.isPrintable(c);
    }

    /** Whether it is a surrogate without its other half, which UTF-8 cannot write. */
    private static boolean isHalf(int c) {
        return c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE;
    }

    /** Makes any text a comment: what does not fit goes from the front, what is not allowed becomes '?'. */
    static String fit(String text) {
        var clean = new StringBuilder(text.length());
        text.codePoints().forEach(c -> clean.appendCodePoint(isPrintable(c) && !isHalf(c) ? c : '?'));
        if (clean.toString().getBytes(StandardCharsets.UTF_8).length < COMMENT_MAXLEN) {
            return clean.toString();
        }
        int start = 0;
        int room = COMMENT_MAXLEN - 1 - 3;
        while (clean.substring(start).getBytes(StandardCharsets.UTF_8).length > room) {
            start += Character.charCount(clean.codePointAt(start));
        }
        return "..." + clean.substring(start);
    }
}

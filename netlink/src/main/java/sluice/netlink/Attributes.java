// SPDX-License-Identifier: Apache-2.0
package sluice.netlink;

import static sluice.netlink.NetlinkConstants.NLA_HDRLEN;
import static sluice.netlink.NetlinkConstants.NLA_TYPE_MASK;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * A cursor over a run of attributes (struct nlattr) in a buffer that it does not own: valid until the buffer is reused.
 * {@link #next()} steps to an attribute, the other methods read that one. Whatever the bytes are, it ends after a bounded
 * number of steps, with {@link NetlinkException.Malformed} for lengths that do not fit.
 */
public final class Attributes {
    private final ByteBuffer buffer;
    private final int end;
    private int following;
    private int type;
    private int start;
    private int length;

    /** Over {@code buffer[from, to)}, in native byte order. */
    public Attributes(ByteBuffer buffer, int from, int to) {
        this.buffer = buffer;
        this.following = from;
        this.end = to;
    }

    /** Steps to the next attribute; false at the end. */
    public boolean next() throws NetlinkException.Malformed {
        if (end - following < NLA_HDRLEN) {
            return false;
        }
        int whole = Short.toUnsignedInt(buffer.getShort(following));
        if (whole < NLA_HDRLEN || whole > end - following) {
            throw new NetlinkException.Malformed(
                    "an attribute of " + whole + " bytes where " + (end - following) + " are left");
        }
        type = buffer.getShort(following + 2) & NLA_TYPE_MASK;
        start = following + NLA_HDRLEN;
        length = whole - NLA_HDRLEN;
        following += (whole + 3) & ~3;
        return true;
    }

    /** The attribute's type without its flags. */
    public int type() {
        return type;
    }

    /** One byte, unsigned. */
    public int u8() throws NetlinkException.Malformed {
        require(1);
        return Byte.toUnsignedInt(buffer.get(start));
    }

    /** Four bytes in host order. */
    public int u32() throws NetlinkException.Malformed {
        require(4);
        return buffer.getInt(start);
    }

    /** Four bytes in network order. */
    public int u32Big() throws NetlinkException.Malformed {
        return ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN ? u32() : Integer.reverseBytes(u32());
    }

    /** Eight bytes in host order. */
    public long u64() throws NetlinkException.Malformed {
        require(8);
        return buffer.getLong(start);
    }

    /** Eight bytes in network order. */
    public long u64Big() throws NetlinkException.Malformed {
        return ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN ? u64() : Long.reverseBytes(u64());
    }

    /** The value up to its first NUL, as UTF-8. */
    public String string() {
        var bytes = bytes();
        int n = 0;
        while (n < bytes.length && bytes[n] != 0) {
            n++;
        }
        return new String(bytes, 0, n, StandardCharsets.UTF_8);
    }

    /** A copy of the value. */
    public byte[] bytes() {
        var copy = new byte[length];
        buffer.get(start, copy);
        return copy;
    }

    /** A cursor over the attributes nested in this one. */
    public Attributes nested() {
        return new Attributes(buffer, start, start + length);
    }

    private void require(int bytes) throws NetlinkException.Malformed {
        if (length < bytes) {
            throw new NetlinkException.Malformed(
                    "attribute " + type + " has " + length + " bytes where " + bytes + " are needed");
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.netlink;

import static sluice.netlink.NetlinkConstants.NLMSG_HDRLEN;

import java.nio.ByteBuffer;

/**
 * A cursor over the messages (struct nlmsghdr) of one datagram, in a buffer that it does not own. {@link #next()} steps to a
 * message, the other methods read that one.
 */
public final class Messages {
    private final ByteBuffer buffer;
    private final int end;
    private int following;
    private int start;
    private int length;

    /** Over the buffer's remaining bytes, which are in native byte order. */
    public Messages(ByteBuffer buffer) {
        this.buffer = buffer;
        this.following = buffer.position();
        this.end = buffer.limit();
    }

    /** Steps to the next message; false at the end. */
    public boolean next() throws NetlinkException.Malformed {
        if (following >= end) {
            return false;
        }
        if (end - following < NLMSG_HDRLEN) {
            throw new NetlinkException.Malformed("a message header cut off after " + (end - following) + " bytes");
        }
        int whole = buffer.getInt(following);
        if (whole < NLMSG_HDRLEN || whole > end - following) {
            throw new NetlinkException.Malformed("a message of " + Integer.toUnsignedString(whole) + " bytes where "
                    + (end - following) + " are left");
        }
        start = following;
        length = whole;
        following = Math.min(end, start + ((whole + 3) & ~3));
        return true;
    }

    /** nlmsg_type. */
    public int type() {
        return Short.toUnsignedInt(buffer.getShort(start + 4));
    }

    /** nlmsg_flags. */
    public int flags() {
        return Short.toUnsignedInt(buffer.getShort(start + 6));
    }

    /** nlmsg_seq. */
    public int sequence() {
        return buffer.getInt(start + 8);
    }

    /** nlmsg_pid: in a notification the port of whoever caused it, 0 for the kernel. */
    public int portId() {
        return buffer.getInt(start + 12);
    }

    /** Bytes after the netlink header. */
    public int payloadLength() {
        return length - NLMSG_HDRLEN;
    }

    /** A byte of the family's fixed header, unsigned. */
    public int header8(int offset) throws NetlinkException.Malformed {
        return Byte.toUnsignedInt(buffer.get(at(offset, 1)));
    }

    /** Two bytes of the family's fixed header in network order, unsigned. */
    public int header16Big(int offset) throws NetlinkException.Malformed {
        return header8(offset) << 8 | header8(offset + 1);
    }

    /** Four bytes of the family's fixed header in host order. */
    public int header32(int offset) throws NetlinkException.Malformed {
        return buffer.getInt(at(offset, 4));
    }

    /** A copy of bytes of the family's fixed header. */
    public byte[] headerBytes(int offset, int count) throws NetlinkException.Malformed {
        var copy = new byte[count];
        buffer.get(at(offset, count), copy);
        return copy;
    }

    /** The attributes behind a fixed header of {@code headerLength} bytes. */
    public Attributes attributes(int headerLength) throws NetlinkException.Malformed {
        return new Attributes(buffer, at(headerLength, 0), start + length);
    }

    private int at(int offset, int bytes) throws NetlinkException.Malformed {
        if (offset + bytes > payloadLength()) {
            throw new NetlinkException.Malformed("a message of type " + type() + " has " + payloadLength()
                    + " bytes where " + (offset + bytes) + " are needed");
        }
        return start + NLMSG_HDRLEN + offset;
    }
}

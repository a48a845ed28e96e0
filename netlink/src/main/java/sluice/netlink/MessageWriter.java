// SPDX-License-Identifier: Apache-2.0
package sluice.netlink;

import static sluice.netlink.NetlinkConstants.NLA_F_NESTED;
import static sluice.netlink.NetlinkConstants.NLA_HDRLEN;
import static sluice.netlink.NetlinkConstants.NLMSG_HDRLEN;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Writes netlink messages one after another into a direct buffer that grows. Headers and plain integers are in host byte
 * order; {@code Big} marks those that a family wants in network order. Everything is aligned to 4 bytes. Not thread-safe;
 * reusable after {@link #clear()}.
 */
public final class MessageWriter {
    /** The longest attribute: its length field has 16 bits (struct nlattr). */
    public static final int MAXIMUM_ATTRIBUTE = 65_532;

    private static final int KEPT_CAPACITY = 1 << 20;

    private ByteBuffer buffer;
    private ByteBuffer view;
    private int messageStart;

    /** A writer whose buffer has room for {@code capacity} bytes at first. */
    public MessageWriter(int capacity) {
        buffer = allocate(capacity);
        view = buffer.duplicate().order(ByteOrder.nativeOrder());
    }

    private static ByteBuffer allocate(int capacity) {
        return ByteBuffer.allocateDirect(capacity).order(ByteOrder.nativeOrder());
    }

    /** Forgets everything written, and gives back the memory of an uncommonly large batch. */
    public void clear() {
        if (buffer.capacity() > KEPT_CAPACITY) {
            buffer = allocate(KEPT_CAPACITY);
            view = buffer.duplicate().order(ByteOrder.nativeOrder());
        }
        buffer.clear();
    }

    /** Bytes written so far. */
    public int position() {
        return buffer.position();
    }

    /** Forgets everything written at {@code position} and after it. */
    public void rewind(int position) {
        buffer.position(position);
    }

    /** What was written, ready to send; always the same view, valid until the next write. */
    public ByteBuffer written() {
        return view.clear().limit(buffer.position());
    }

    /** Starts a message (struct nlmsghdr); its length is filled in by {@link #end()}. */
    public MessageWriter begin(int type, int flags, int sequence) {
        room(NLMSG_HDRLEN);
        messageStart = buffer.position();
        buffer.putInt(0);
        buffer.putShort((short) type);
        buffer.putShort((short) flags);
        buffer.putInt(sequence);
        buffer.putInt(0);
        return this;
    }

    /** Finishes the message that was begun last. */
    public void end() {
        buffer.putInt(messageStart, buffer.position() - messageStart);
    }

    /** Adds flags to the message that starts at {@code message}. */
    void addFlags(int message, int flags) {
        buffer.putShort(message + 6, (short) (buffer.getShort(message + 6) | flags));
    }

    /** One byte of a family's fixed header. */
    public MessageWriter raw8(int value) {
        room(1);
        buffer.put((byte) value);
        return this;
    }

    /** Two bytes of a family's fixed header, in host order. */
    public MessageWriter raw16(int value) {
        room(2);
        buffer.putShort((short) value);
        return this;
    }

    /** Four bytes of a family's fixed header, in host order. */
    public MessageWriter raw32(int value) {
        room(4);
        buffer.putInt(value);
        return this;
    }

    /** Bytes of a family's fixed header, filled up with zeroes to {@code length}. */
    public MessageWriter raw(byte[] value, int length) {
        room(length);
        buffer.put(value);
        for (int i = value.length; i < length; i++) {
            buffer.put((byte) 0);
        }
        return this;
    }

    /** struct nfgenmsg: the fixed header of nfnetlink messages; {@code resource} goes out in network order. */
    public MessageWriter netfilterHeader(int family, int resource) {
        return raw8(family).raw8(0).raw8(resource >>> 8).raw8(resource);
    }

    /** An attribute of one byte. */
    public MessageWriter u8(int type, int value) {
        header(type, 1);
        buffer.putInt(ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN ? value << 24 : value & 0xff);
        return this;
    }

    /** An attribute of four bytes in host order. */
    public MessageWriter u32(int type, int value) {
        header(type, 4);
        buffer.putInt(value);
        return this;
    }

    /** An attribute of four bytes in network order. */
    public MessageWriter u32Big(int type, int value) {
        return u32(type, ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN ? value : Integer.reverseBytes(value));
    }

    /** An attribute of eight bytes in network order. */
    public MessageWriter u64Big(int type, long value) {
        header(type, 8);
        buffer.putLong(ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN ? value : Long.reverseBytes(value));
        return this;
    }

    /** A string, UTF-8, with its terminating NUL. */
    public MessageWriter string(int type, String value) {
        int start = buffer.position();
        int length = value.length();
        header(type, length + 1);
        for (int i = 0; i < length; i++) {
            char c = value.charAt(i);
            if (c >= 0x80) {
                buffer.position(start);
                return encodedString(type, value);
            }
            buffer.put((byte) c);
        }
        buffer.put((byte) 0);
        pad();
        return this;
    }

    private MessageWriter encodedString(int type, String value) {
        var bytes = value.getBytes(StandardCharsets.UTF_8);
        header(type, bytes.length + 1);
        buffer.put(bytes).put((byte) 0);
        pad();
        return this;
    }

    /** An attribute with these bytes. */
    public MessageWriter bytes(int type, byte[] value) {
        header(type, value.length);
        buffer.put(value);
        pad();
        return this;
    }

    /** Starts a nested attribute; give the result to {@link #endNested(int)}. */
    public int beginNested(int type) {
        int start = buffer.position();
        header(type | NLA_F_NESTED, 0);
        return start;
    }

    /**
     * Ends the nested attribute that started at {@code start}.
     *
     * @throws IllegalStateException if it is longer than {@link #MAXIMUM_ATTRIBUTE}: split it before it comes to that
     */
    public void endNested(int start) {
        int length = buffer.position() - start;
        if (length > MAXIMUM_ATTRIBUTE) {
            throw new IllegalStateException(
                    "a nested attribute of " + length + " bytes does not fit netlink's 16 bits");
        }
        buffer.putShort(start, (short) length);
    }

    private void header(int type, int length) {
        if (length > MAXIMUM_ATTRIBUTE - NLA_HDRLEN) {
            throw new IllegalArgumentException("an attribute of " + length + " bytes does not fit netlink's 16 bits");
        }
        room(NLA_HDRLEN + length + 3);
        buffer.putShort((short) (NLA_HDRLEN + length));
        buffer.putShort((short) type);
    }

    private void pad() {
        while ((buffer.position() & 3) != 0) {
            buffer.put((byte) 0);
        }
    }

    private void room(int bytes) {
        if (buffer.remaining() < bytes) {
            var larger = allocate(Math.max(buffer.capacity() * 2, buffer.position() + bytes));
            larger.put(buffer.flip());
            buffer = larger;
            view = buffer.duplicate().order(ByteOrder.nativeOrder());
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.netlink.nftables;

import static sluice.netlink.nftables.NftablesConstants.NFTA_DATA_VALUE;

import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import sluice.netlink.Attributes;
import sluice.netlink.MessageWriter;
import sluice.netlink.NetlinkException;

/** Up to 64 bytes as nftables compares them: a key, a mask, a constant. Immutable; ordered as unsigned bytes. */
public final class Value implements Data, Comparable<Value> {
    /** No bytes. */
    public static final Value NONE = new Value(new byte[0]);

    private static final int NFT_DATA_VALUE_MAXLEN = 64;

    private final byte[] bytes;

    private Value(byte[] bytes) {
        this.bytes = bytes;
    }

    static Value received(byte[] bytes) throws NetlinkException.Malformed {
        if (bytes.length > NFT_DATA_VALUE_MAXLEN) {
            throw new NetlinkException.Malformed("an nftables value of " + bytes.length + " bytes");
        }
        return new Value(bytes);
    }

    /** A copy of these bytes, at most 64. */
    public static Value of(byte[] bytes) {
        if (bytes.length > NFT_DATA_VALUE_MAXLEN) {
            throw new IllegalArgumentException("an nftables value of " + bytes.length + " bytes, at most 64");
        }
        return new Value(bytes.clone());
    }

    /** One byte: protocol numbers, TCP flags, {@code ct direction}. */
    public static Value u8(int value) {
        return new Value(ByteBuffer.allocate(1).put((byte) value).array());
    }

    /** Two bytes in network order: ports. */
    public static Value port(int value) {
        return new Value(ByteBuffer.allocate(2).putShort((short) value).array());
    }

    /** Four bytes in host order. */
    public static Value u32(int value) {
        return new Value(ByteBuffer.allocate(4)
                .order(ByteOrder.nativeOrder())
                .putInt(value)
                .array());
    }

    /** A packet or conntrack mark: four bytes in host order. */
    public static Value mark(int mark) {
        return u32(mark);
    }

    /** A cgroup: its 64-bit id (the inode of its directory) in host order. */
    public static Value cgroup(long id) {
        return new Value(ByteBuffer.allocate(8)
                .order(ByteOrder.nativeOrder())
                .putLong(id)
                .array());
    }

    /** An address: 4 or 16 bytes in network order. */
    public static Value address(InetAddress address) {
        return new Value(address.getAddress());
    }

    /** An interface name, padded to IFNAMSIZ. */
    public static Value interfaceName(String name) {
        var bytes = name.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > 15) {
            throw new IllegalArgumentException("an interface name has at most 15 bytes: " + name);
        }
        return new Value(Arrays.copyOf(bytes, 16));
    }

    /** A key of several fields, each padded to 4 bytes as the kernel's registers are. */
    public static Value concatenation(Value... fields) {
        var joined = new ByteArrayOutputStream();
        for (var field : fields) {
            joined.writeBytes(Arrays.copyOf(field.bytes, (field.bytes.length + 3) & ~3));
        }
        return of(joined.toByteArray());
    }

    /** Number of bytes. */
    public int length() {
        return bytes.length;
    }

    /** A copy of the bytes. */
    public byte[] bytes() {
        return bytes.clone();
    }

    /** The mark this is, or 0 if it is not four bytes long. */
    public int asMark() {
        return bytes.length == 4
                ? ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()).getInt()
                : 0;
    }

    /** The cgroup id this is, or 0 if it is not eight bytes long. */
    public long asCgroup() {
        return bytes.length == 8
                ? ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()).getLong()
                : 0;
    }

    /** The value after this one, counted in network order; wraps to zero. */
    Value successor() {
        var next = bytes.clone();
        for (int i = next.length - 1; i >= 0; i--) {
            if (++next[i] != 0) {
                break;
            }
        }
        return new Value(next);
    }

    boolean isZero() {
        for (byte b : bytes) {
            if (b != 0) {
                return false;
            }
        }
        return true;
    }

    @Override
    public void encode(MessageWriter writer, int type) {
        int nested = writer.beginNested(type);
        writer.bytes(NFTA_DATA_VALUE, bytes);
        writer.endNested(nested);
    }

    /** Reads the NFTA_DATA_VALUE nested in the attribute at the cursor. */
    static Value decode(Attributes attribute) throws NetlinkException.Malformed {
        if (Data.decode(attribute) instanceof Value value) {
            return value;
        }
        throw new NetlinkException.Malformed("a verdict where nftables has values only");
    }

    @Override
    public int compareTo(Value other) {
        return Arrays.compareUnsigned(bytes, other.bytes);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Value value && Arrays.equals(bytes, value.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return "0x" + HexFormat.of().formatHex(bytes);
    }
}

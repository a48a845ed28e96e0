// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * An address and a port that can be overwritten: for looking things up by the address of a datagram without allocating. Equal when the
 * address, the port and the interface are. A key that a map holds must be a {@link #copy()} that nobody changes.
 *
 * <p>IPv4 addresses are kept as IPv4-mapped IPv6 ones (RFC 4291, section 2.5.5.2). Not for several threads at once while it changes.
 */
public final class RawEndpoint {
    private static final boolean LITTLE_ENDIAN = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
    private static final long MAPPED = 0xffffL << 32;
    private static final int PORT = 2;
    private static final int IN_ADDRESS = 4;
    private static final int IN_BYTES = 16;
    private static final int IN6_FLOW = 4;
    private static final int IN6_ADDRESS = 8;
    private static final int IN6_SCOPE = 24;
    static final int IN6_BYTES = 28;

    private long high;
    private long low = MAPPED;
    private int port;
    private int scope;

    /** {@code 0.0.0.0:0}. */
    public RawEndpoint() {}

    /** The same as the endpoint. */
    public RawEndpoint(InetEndpoint endpoint) {
        var bytes = ByteBuffer.wrap(endpoint.address().getAddress());
        if (endpoint.isIpv4()) {
            low = MAPPED | Integer.toUnsignedLong(bytes.getInt());
        } else {
            high = bytes.getLong();
            low = bytes.getLong();
        }
        port = endpoint.port();
        scope = endpoint.scope();
    }

    /** One that may be kept. */
    public RawEndpoint copy() {
        var copy = new RawEndpoint();
        copy.set(this);
        return copy;
    }

    /** Becomes equal to the other one. */
    public void set(RawEndpoint other) {
        high = other.high;
        low = other.low;
        port = other.port;
        scope = other.scope;
    }

    /** The same, as a value. */
    public InetEndpoint endpoint() {
        if (isIpv4()) {
            return InetEndpoint.of(
                    ByteBuffer.allocate(Integer.BYTES).putInt((int) low).array(), port, 0);
        }
        var bytes = ByteBuffer.allocate(2 * Long.BYTES).putLong(high).putLong(low);
        return InetEndpoint.of(bytes.array(), port, scope);
    }

    /** Whether the address is an IPv4 address. */
    public boolean isIpv4() {
        return high == 0 && low >>> 32 == 0xffff;
    }

    /** 0 to 65535. */
    public int port() {
        return port;
    }

    /** Becomes what a {@code struct sockaddr_in} or {@code sockaddr_in6} says. */
    void read(ByteBuffer from, int at) {
        port = Short.toUnsignedInt(network(from.getShort(at + PORT)));
        if (from.getShort(at) == SocketConstants.AF_INET) {
            high = 0;
            low = MAPPED | Integer.toUnsignedLong(network(from.getInt(at + IN_ADDRESS)));
            scope = 0;
        } else {
            high = network(from.getLong(at + IN6_ADDRESS));
            low = network(from.getLong(at + IN6_ADDRESS + Long.BYTES));
            scope = from.getInt(at + IN6_SCOPE);
        }
    }

    /** Writes a {@code struct sockaddr_in} or {@code sockaddr_in6} and returns its length. */
    int write(ByteBuffer to, int at) {
        to.putShort(at + PORT, network((short) port));
        if (isIpv4()) {
            to.putShort(at, (short) SocketConstants.AF_INET);
            writeAddress(to, at + IN_ADDRESS);
            to.putLong(at + IN_ADDRESS + Integer.BYTES, 0);
            return IN_BYTES;
        }
        to.putShort(at, (short) SocketConstants.AF_INET6);
        to.putInt(at + IN6_FLOW, 0);
        writeAddress(to, at + IN6_ADDRESS);
        to.putInt(at + IN6_SCOPE, scope);
        return IN6_BYTES;
    }

    /** Writes the 4 or 16 bytes of the address in network order. */
    void writeAddress(ByteBuffer to, int at) {
        if (isIpv4()) {
            to.putInt(at, network((int) low));
        } else {
            to.putLong(at, network(high));
            to.putLong(at + Long.BYTES, network(low));
        }
    }

    int scope() {
        return scope;
    }

    private static long network(long value) {
        return LITTLE_ENDIAN ? Long.reverseBytes(value) : value;
    }

    private static int network(int value) {
        return LITTLE_ENDIAN ? Integer.reverseBytes(value) : value;
    }

    private static short network(short value) {
        return LITTLE_ENDIAN ? Short.reverseBytes(value) : value;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof RawEndpoint that
                && low == that.low
                && port == that.port
                && high == that.high
                && scope == that.scope;
    }

    @Override
    public int hashCode() {
        // Multiplied by an odd number, so that neighbouring ports and addresses spread over the upper bits too.
        long mixed = (high * 31 + low) * 0x9e3779b97f4a7c15L + port * 0xc2b2ae3d27d4eb4fL;
        return (int) (mixed ^ mixed >>> 32);
    }

    /** As {@link InetEndpoint#toString()}. */
    @Override
    public String toString() {
        return endpoint().toString();
    }
}

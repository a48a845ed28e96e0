// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import static sluice.linux.SocketConstants.IPPROTO_IP;
import static sluice.linux.SocketConstants.IPPROTO_IPV6;
import static sluice.linux.SocketConstants.IPPROTO_UDP;

import java.nio.ByteBuffer;

/**
 * Slots for datagrams that are received, looked at and sent on in place: many with one system call (recvmmsg(2), sendmmsg(2)), no copy and
 * no allocation. A slot holds 64 KiB of payload, so also a train of datagrams that the kernel joined (UDP_GRO), which leaves as one
 * as well (UDP_SEGMENT). In front of each payload there is room for {@value #HEADROOM} bytes of a header.
 *
 * <p>Slots are numbered from 0. One thread uses it. Its memory is taken from the system as it is touched and given back with the process.
 */
public final class DatagramBatch {
    /** Bytes in front of each received payload. */
    public static final int HEADROOM = 512;
    /** More than any UDP payload has (65,507 over IPv4, 65,527 over IPv6). */
    public static final int PAYLOAD = 1 << 16;

    private static final int SLOT_BYTES = HEADROOM + PAYLOAD + 3584;
    // struct mmsghdr: struct msghdr, then the length.
    private static final int HEADER_BYTES = 64;
    private static final int NAME_LENGTH = 8;
    private static final int VECTOR = 16;
    private static final int VECTORS = 24;
    private static final int CONTROL = 32;
    private static final int CONTROL_LENGTH = 40;
    private static final int FLAGS = 48;
    private static final int LENGTH = 56;
    // Beside each header: struct iovec, the address, control messages.
    private static final int NAME = 16;
    private static final int CONTROLS = 48;
    private static final int CONTROLS_BYTES = 144;
    private static final int SIDE_BYTES = CONTROLS + CONTROLS_BYTES;

    private final int slots;
    private final ByteBuffer headers;
    private final long headersAddress;
    private final ByteBuffer data;
    private final long dataAddress;
    private final ByteBuffer[] views;
    private final int[] segments;
    private final int[] lengths;
    private final int[] controls;
    private final int[] trafficClasses;
    private int used;

    /** With that many slots; each costs memory only once it has held something. */
    public DatagramBatch(int slots) throws SystemCallException {
        this.slots = slots;
        headers = DirectMemory.allocate(slots * (HEADER_BYTES + SIDE_BYTES));
        headersAddress = DirectMemory.addressOf(headers);
        data = DirectMemory.reserve(slots * SLOT_BYTES, "slots for datagrams");
        dataAddress = DirectMemory.addressOf(data);
        views = new ByteBuffer[slots];
        segments = new int[slots];
        lengths = new int[slots];
        controls = new int[slots];
        trafficClasses = new int[slots];
        for (int i = 0; i < slots; i++) {
            views[i] = data.duplicate();
            int header = i * HEADER_BYTES;
            headers.putLong(header, headersAddress + side(i) + NAME);
            headers.putLong(header + VECTOR, headersAddress + side(i));
            headers.putLong(header + VECTORS, 1);
            headers.putLong(header + CONTROL, headersAddress + side(i) + CONTROLS);
        }
        used = slots;
    }

    private int side(int slot) {
        return slots * HEADER_BYTES + slot * SIDE_BYTES;
    }

    private static int start(int slot) {
        return slot * SLOT_BYTES + HEADROOM;
    }

    /** How many slots there are. */
    public int slots() {
        return slots;
    }

    /**
     * Receives what waits, without waiting.
     *
     * @return how many slots were filled, from the first; 0 when nothing waits; {@code -errno}, such as an ICMP error that was reported to
     *     this socket, after which receiving may go on
     */
    public int receive(NativeSocket socket) {
        return receive(socket, SocketConstants.MSG_DONTWAIT);
    }

    /**
     * As {@link #receive}, from the socket's queue of errors (IP_RECVERR): {@link #error} tells which, {@link #source} where the datagram had
     * been sent to, and the payload is the datagram's.
     */
    public int receiveErrors(NativeSocket socket) {
        return receive(socket, SocketConstants.MSG_DONTWAIT | SocketConstants.MSG_ERRQUEUE);
    }

    private int receive(NativeSocket socket, int flags) {
        for (int i = 0; i < used; i++) {
            int header = i * HEADER_BYTES;
            headers.putLong(header + NAME_LENGTH, RawEndpoint.IN6_BYTES);
            headers.putLong(header + CONTROL_LENGTH, CONTROLS_BYTES);
            headers.putLong(side(i), dataAddress + start(i));
            headers.putLong(side(i) + Long.BYTES, PAYLOAD);
        }
        int fd = socket.descriptor().number();
        int count;
        do {
            count = DatagramCalls.recvmmsg(CallFrame.current(), fd, headersAddress, slots, flags);
        } while (count == -Errno.EINTR);
        used = Math.max(0, count);
        for (int i = 0; i < count; i++) {
            int length = headers.getInt(i * HEADER_BYTES + LENGTH);
            lengths[i] = length;
            int at = control(i, IPPROTO_UDP, SocketConstants.UDP_GRO);
            int segment = at == ControlMessages.NONE ? 0 : headers.getInt(at);
            segments[i] = segment < length ? segment : 0;
            trafficClasses[i] = receivedTrafficClass(i);
            views[i].limit(start(i) + length).position(start(i));
        }
        return count == -Errno.EAGAIN ? 0 : count;
    }

    private int control(int slot, int level, int type) {
        int length = (int) headers.getLong(slot * HEADER_BYTES + CONTROL_LENGTH);
        return ControlMessages.find(headers, side(slot) + CONTROLS, length, level, type);
    }

    /** IP_RECVTOS gives one byte, IPV6_RECVTCLASS an integer (ip(7), RFC 3542 section 6.5). */
    private int receivedTrafficClass(int slot) {
        int at = control(slot, IPPROTO_IP, SocketConstants.IP_TOS);
        if (at != ControlMessages.NONE) {
            return headers.get(at) & 0xff;
        }
        at = control(slot, IPPROTO_IPV6, SocketConstants.IPV6_TCLASS);
        return at == ControlMessages.NONE ? 0 : headers.getInt(at) & 0xff;
    }

    /** DSCP and ECN of the datagrams in the slot, which {@link #send} gives on; 0 unless the socket says what it receives. */
    public int trafficClass(int slot) {
        return trafficClasses[slot];
    }

    /** Bytes of the payload. */
    public int length(int slot) {
        return lengths[slot];
    }

    /** Bytes of each datagram of a train but the last, which may be shorter; 0 when the payload is one datagram. */
    public int segment(int slot) {
        return segments[slot];
    }

    /** How many datagrams the payload is. */
    public int datagrams(int slot) {
        return segments[slot] == 0 ? 1 : Math.ceilDiv(lengths[slot], segments[slot]);
    }

    /** The payload between position and limit of a buffer that belongs to the slot; {@link #send} sends what is between them then. */
    public ByteBuffer payload(int slot) {
        return views[slot];
    }

    /** Makes these bytes of a received payload the whole of it, as one datagram. */
    public void cut(int slot, int offset, int length) {
        int at = start(slot) + offset;
        lengths[slot] = length;
        segments[slot] = 0;
        views[slot].limit(at + length).position(at);
    }

    /** Whoever sent it. */
    public void source(int slot, RawEndpoint into) {
        into.read(headers, side(slot) + NAME);
    }

    /** Where it was sent to (IP_RECVORIGDSTADDR, IPV6_RECVORIGDSTADDR); false when the kernel did not say. */
    public boolean originalDestination(int slot, RawEndpoint into) {
        int at = control(slot, IPPROTO_IP, SocketConstants.IP_RECVORIGDSTADDR);
        if (at == ControlMessages.NONE) {
            at = control(slot, IPPROTO_IPV6, SocketConstants.IPV6_RECVORIGDSTADDR);
        }
        if (at == ControlMessages.NONE) {
            return false;
        }
        into.read(headers, at);
        return true;
    }

    /** The positive error number of a slot that {@link #receiveErrors} filled, or 0. */
    public int error(int slot) {
        int at = control(slot, IPPROTO_IP, SocketConstants.IP_RECVERR);
        if (at == ControlMessages.NONE) {
            at = control(slot, IPPROTO_IPV6, SocketConstants.IPV6_RECVERR);
        }
        // struct sock_extended_err begins with ee_errno (linux/errqueue.h).
        return at == ControlMessages.NONE ? 0 : headers.getInt(at);
    }

    /** Puts a datagram into a slot; the buffer's position advances to its limit. */
    public void put(int slot, ByteBuffer datagram) {
        int length = datagram.remaining();
        data.limit(start(slot) + length).position(start(slot));
        data.put(datagram);
        data.clear();
        lengths[slot] = length;
        segments[slot] = 0;
        trafficClasses[slot] = 0;
        used = Math.max(used, slot + 1);
        views[slot].limit(start(slot) + length).position(start(slot));
    }

    /** As {@link #put(int, byte[])}, with its DSCP and ECN. */
    public void put(int slot, byte[] datagram, int trafficClass) {
        put(slot, datagram);
        trafficClasses[slot] = trafficClass;
    }

    /** As {@link #put(int, ByteBuffer)}; at most {@value #PAYLOAD} bytes. */
    public void put(int slot, byte[] datagram) {
        data.put(start(slot), datagram);
        lengths[slot] = datagram.length;
        segments[slot] = 0;
        trafficClasses[slot] = 0;
        used = Math.max(used, slot + 1);
        views[slot].limit(start(slot) + datagram.length).position(start(slot));
    }

    /** Says where the payload goes, from the socket's own address. Forgets the slot's source and original destination. */
    public void address(int slot, RawEndpoint to) {
        name(slot, to);
        int at = side(slot) + CONTROLS;
        controls[slot] = withTrafficClass(slot, to, at) - at;
    }

    /** As {@link #address(int, RawEndpoint)}, from the address (not the port) of {@code from}, on a transparent socket. */
    public void address(int slot, RawEndpoint to, RawEndpoint from) {
        name(slot, to);
        int at = side(slot) + CONTROLS;
        controls[slot] = withTrafficClass(slot, to, ControlMessages.source(headers, at, from)) - at;
    }

    private int withTrafficClass(int slot, RawEndpoint to, int at) {
        int value = trafficClasses[slot];
        return value == 0 ? at : ControlMessages.trafficClass(headers, at, to.isIpv4(), value);
    }

    private void name(int slot, RawEndpoint to) {
        headers.putLong(slot * HEADER_BYTES + NAME_LENGTH, to.write(headers, side(slot) + NAME));
    }

    /**
     * Sends payloads as they stand between position and limit of {@link #payload}, after {@code address} was said for each. A train that the
     * way out does not take (no checksum offload, a smaller MTU) leaves datagram by datagram.
     *
     * @return how many slots were sent, at least one; else {@code -errno} for the first, with {@code -EAGAIN} when there is no room. What of a
     *     train had left before the error is no part of its slot any more, whose {@link #length} is less then
     */
    public int send(NativeSocket socket, int first, int count) {
        for (int i = first; i < first + count; i++) {
            int header = i * HEADER_BYTES;
            var view = views[i];
            headers.putLong(side(i), dataAddress + view.position());
            headers.putLong(side(i) + Long.BYTES, view.remaining());
            headers.putInt(header + FLAGS, 0);
            int at = side(i) + CONTROLS;
            int end = at + controls[i];
            if (segments[i] != 0) {
                end = ControlMessages.segment(headers, end, segments[i]);
            }
            headers.putLong(header + CONTROL_LENGTH, end - at);
        }
        int sent = transmit(socket, first, count);
        if (sent < 0 && segments[first] != 0 && sent != -Errno.EAGAIN) {
            return sendTrain(socket, first);
        }
        return sent;
    }

    private int sendTrain(NativeSocket socket, int slot) {
        headers.putLong(slot * HEADER_BYTES + CONTROL_LENGTH, controls[slot]);
        var view = views[slot];
        while (view.hasRemaining()) {
            int length = Math.min(segments[slot], view.remaining());
            headers.putLong(side(slot), dataAddress + view.position());
            headers.putLong(side(slot) + Long.BYTES, length);
            int sent = transmit(socket, slot, 1);
            if (sent < 0) {
                return sent;
            }
            view.position(view.position() + length);
            lengths[slot] = view.remaining();
        }
        return 1;
    }

    private int transmit(NativeSocket socket, int first, int count) {
        int flags = SocketConstants.MSG_DONTWAIT | SocketConstants.MSG_NOSIGNAL;
        long messages = headersAddress + (long) first * HEADER_BYTES;
        int fd = socket.descriptor().number();
        int sent;
        do {
            sent = DatagramCalls.sendmmsg(CallFrame.current(), fd, messages, count, flags);
        } while (sent == -Errno.EINTR);
        return sent;
    }
}

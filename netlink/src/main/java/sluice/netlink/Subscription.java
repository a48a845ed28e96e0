// SPDX-License-Identifier: Apache-2.0
package sluice.netlink;

import static sluice.netlink.NetlinkConstants.SOL_NETLINK;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.function.Consumer;
import sluice.linux.FileDescriptor;
import sluice.linux.LimitReachedException;
import sluice.linux.NativeSocket;
import sluice.linux.NetlinkAddress;

/**
 * Notifications of what anybody changed. Never waits: register {@link #descriptor()} with a {@code Poller} and call
 * {@link #drain} when it is readable. Belongs to one thread.
 *
 * @param <E> the decoded events
 */
public final class Subscription<E> implements AutoCloseable {
    private static final int BUFFER_LIMIT = 16 << 20;
    private static final int RECEIVE_BYTES = 64 * 1024;

    private final NativeSocket socket;
    private final Decoder<E> decoder;
    private final E lost;
    private final ByteBuffer received = ByteBuffer.allocateDirect(RECEIVE_BYTES).order(ByteOrder.nativeOrder());
    private final ArrayList<E> events = new ArrayList<>();

    private Subscription(NativeSocket socket, Decoder<E> decoder, E lost) {
        this.socket = socket;
        this.decoder = decoder;
        this.lost = lost;
    }

    /**
     * Subscribes from now on.
     *
     * @param lost the event that stands for notifications the kernel had to drop (ENOBUFS), and for those that the decoder cannot read: read
     *     everything anew
     * @param groups multicast groups by number (NFNLGRP_*, RTNLGRP_*)
     */
    public static <E> Subscription<E> open(Protocol protocol, Decoder<E> decoder, E lost, int... groups)
            throws IOException {
        return open(protocol, decoder, lost, BUFFER_LIMIT, groups);
    }

    /** As {@link #open(Protocol, Decoder, Object, int...)} with a receive buffer of {@code bufferBytes}. */
    public static <E> Subscription<E> open(Protocol protocol, Decoder<E> decoder, E lost, int bufferBytes, int[] groups)
            throws IOException {
        var socket = NativeSocket.open(
                NetlinkConstants.AF_NETLINK,
                NetlinkConstants.SOCK_RAW,
                protocol.number(),
                "netlink " + protocol + " notifications");
        try {
            socket.nonBlocking(true);
            socket.receiveBuffer(bufferBytes);
            socket.bind(NetlinkAddress.KERNEL);
            for (int group : groups) {
                socket.option(SOL_NETLINK, NetlinkConstants.NETLINK_ADD_MEMBERSHIP, group);
            }
            return new Subscription<>(socket, decoder, lost);
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    /** Readable when events wait; owned by this subscription. */
    public FileDescriptor descriptor() {
        return socket.descriptor();
    }

    /**
     * Hands over events that wait, in order.
     *
     * @param datagrams how many datagrams to read at most, so that one source cannot keep the thread
     * @return whether more may wait
     */
    public boolean drain(int datagrams, Consumer<? super E> consumer) throws IOException {
        for (int i = 0; i < datagrams; i++) {
            received.clear();
            int length;
            try {
                length = socket.receive(received);
            } catch (LimitReachedException e) {
                consumer.accept(lost);
                continue;
            }
            if (length == NativeSocket.WOULD_BLOCK) {
                return false;
            }
            received.flip();
            if (length > received.limit()) {
                consumer.accept(lost);
            } else if (socket.source() instanceof NetlinkAddress sender && sender.portId() == 0) {
                deliver(consumer);
            }
        }
        return true;
    }

    private void deliver(Consumer<? super E> consumer) {
        try {
            var messages = new Messages(received);
            while (messages.next()) {
                decoder.decode(messages, events);
            }
        } catch (NetlinkException.Malformed e) {
            events.add(lost);
        }
        events.forEach(consumer);
        events.clear();
    }

    @Override
    public void close() {
        socket.close();
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.engine.udp;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sluice.bounds.Bound;
import sluice.engine.flow.Flow;
import sluice.engine.flow.FlowEnd;
import sluice.engine.outbound.SocketTraits;
import sluice.engine.outbound.Way;
import sluice.linux.DatagramBatch;
import sluice.linux.Errno;
import sluice.linux.LimitReachedException;
import sluice.linux.NativeSocket;
import sluice.linux.Poller;
import sluice.linux.RawEndpoint;
import sluice.linux.SocketConstants;
import sluice.linux.SystemCallException;

/** A socket to the outside, of one mapping. The loop's thread only. */
abstract sealed class UpstreamSocket implements Sender permits PlainUpstream, AssociatedUpstream {
    private static final int TURNS = 4;
    private static final int ENLARGED_BYTES = 1 << 20;

    final Mapping mapping;
    final UdpLoop loop;
    private final RawEndpoint address = new RawEndpoint();
    private @Nullable NativeSocket socket;
    private @Nullable SocketTraits traits;
    private Poller.@Nullable Registration registration;
    private boolean enlarged;
    private final Bound.Place descriptors;
    /** Where it is there for one name only: its place among those. */
    private final Bound.@Nullable Place name;
    /** Peers that the client knows by another address than the one they have here. */
    private final Map<RawEndpoint, Peer> translated = new HashMap<>(0);

    /** Whether a peer goes by it: a note of {@link Mapping#sweep}. */
    boolean used;

    /**
     * Without a socket yet.
     *
     * @param descriptors how many it may open
     * @param name its place where it is there for one name only; given back by {@link #close}, or if this throws
     * @throws LimitReachedException there is no place for so many descriptors
     */
    UpstreamSocket(Mapping mapping, int descriptors, Bound.@Nullable Place name) throws SystemCallException {
        this.mapping = mapping;
        this.loop = mapping.loop;
        this.name = name;
        var bound = loop.ledger.descriptors();
        var place = bound.take(mapping, descriptors);
        if (place == null) {
            if (name != null) {
                name.close();
            }
            throw SystemCallException.of("open", "a UDP socket to the outside", Errno.EMFILE, bound.refusal());
        }
        this.descriptors = place;
    }

    /** Has what comes from this address be the peer's, if the client knows that by another one. */
    final void translate(RawEndpoint address, Peer peer) {
        if (!address.equals(peer.visible)) {
            translated.put(address, peer);
        }
    }

    /** Forgets what {@link #translate} said. */
    final void leave(RawEndpoint address, Peer peer) {
        translated.remove(address, peer);
    }

    final @Nullable Peer translated(RawEndpoint address) {
        return translated.isEmpty() ? null : translated.get(address);
    }

    /** Whether answers from this address are another peer's than this one. */
    final boolean isTaken(RawEndpoint address, Peer by) {
        var other = translated(address);
        if (other == null && !address.equals(by.visible)) {
            other = mapping.find(address);
        }
        return other != null && !other.equals(by) && other.isBy(this);
    }

    /** The peer that has this address here; null when the slot is dropped, which is counted. */
    final @Nullable Peer sender(RawEndpoint address, DatagramBatch batch, int slot) {
        var known = translated(address);
        return known != null ? known : mapping.from(address, this, batch.datagrams(slot));
    }

    /** Takes over the socket, which was made with these traits, and listens to it. */
    final void open(NativeSocket opened, SocketTraits madeWith) throws SystemCallException {
        try {
            registration = loop.poller.register(opened.descriptor(), Poller.EPOLLIN, this::ready);
            socket = opened;
            traits = madeWith;
        } catch (SystemCallException e) {
            opened.close();
            throw e;
        }
    }

    /** Whether it can send. */
    final boolean isOpen() {
        return socket != null;
    }

    /** Whether flows that go this way can leave by it. */
    abstract boolean serves(Way way);

    /** What flows that begin from outside have taken. */
    abstract Flow.Path path();

    /** Addresses a slot to the peer; false when it has been sent or dropped already. */
    abstract boolean prepare(DatagramBatch batch, int slot, Peer peer);

    /** The peer that a received slot is from, and its payload without a header; null when it was dropped. */
    abstract @Nullable Peer peer(DatagramBatch batch, int slot);

    /** A datagram to that address met an ICMP error. */
    abstract void error(RawEndpoint to, int errno);

    /** Replaces the loop guard's bits in the socket's mark. */
    final void guard(int former, int bits) {
        var by = socket;
        var changed = traits == null ? null : traits.guarded(former, bits);
        if (by == null || changed == null) {
            return;
        }
        traits = changed;
        try {
            by.option(SocketConstants.SOL_SOCKET, SocketConstants.SO_MARK, changed.mark());
        } catch (SystemCallException e) {
            mapping.failed(this, FlowEnd.UNREACHABLE, String.valueOf(e.getMessage()));
        }
    }

    /** Whether the socket is one with these traits. */
    final boolean has(SocketTraits wanted) {
        return wanted.equals(traits);
    }

    @Override
    public final void send(DatagramBatch batch, int first, int count) {
        var by = socket;
        boolean again = true;
        for (int done = 0; done < count && by != null; ) {
            int length = batch.length(first + done);
            int sent = batch.send(by, first + done, count - done);
            again |= batch.length(first + done) < length;
            if (sent > 0) {
                done += sent;
                again = true;
            } else if (sent == -Errno.EAGAIN && !enlarge(by)) {
                loop.counters.add(UdpCounter.NO_ROOM, ReplySockets.datagrams(batch, first + done, count - done));
                return;
            } else if (again && sent != -Errno.EAGAIN) {
                // An ICMP error of an earlier datagram is told once, in the place of a result (ip(7): IP_RECVERR).
                again = false;
            } else if (sent != -Errno.EAGAIN) {
                loop.counters.add(UdpCounter.SEND_FAILED, batch.datagrams(first + done));
                done++;
                again = true;
            }
        }
    }

    private boolean enlarge(NativeSocket by) {
        if (enlarged) {
            return false;
        }
        enlarged = true;
        try {
            by.sendBuffer(ENLARGED_BYTES);
            return true;
        } catch (SystemCallException _) {
            return false;
        }
    }

    private void ready(int events) {
        try {
            receive(events);
        } catch (RuntimeException e) {
            // An error of ours, from which other clients must not suffer.
            mapping.failed(this, FlowEnd.STOPPED, "internal error: " + e);
        }
    }

    private void receive(int events) {
        if ((events & Poller.EPOLLERR) != 0) {
            readErrors();
        }
        var batch = loop.batch;
        for (int turn = 0; turn < TURNS && socket != null; turn++) {
            int count = batch.receive(socket);
            if (count == 0) {
                return;
            }
            if (count > 0) {
                loop.counters.add(UdpCounter.RECEIVED_AT_ONCE, 1);
                loop.counters.add(UdpCounter.FROM_PEERS, ReplySockets.datagrams(batch, 0, count));
                deliver(batch, count);
                if (count < batch.slots()) {
                    return;
                }
            }
        }
    }

    /** Neighbours that go to the client by the same socket go with one call. */
    private void deliver(DatagramBatch batch, int count) {
        ReplySockets.ReplySocket through = null;
        int first = 0;
        for (int slot = 0; slot < count; slot++) {
            var peer = peer(batch, slot);
            var next = peer == null ? null : peer.incoming(batch, slot);
            if (next != through) {
                if (through != null) {
                    through.send(batch, first, slot - first);
                }
                through = next;
                first = slot;
            }
        }
        if (through != null) {
            through.send(batch, first, count - first);
        }
    }

    private void readErrors() {
        var batch = loop.batch;
        for (int turn = 0; turn < TURNS && socket != null; turn++) {
            int count = batch.receiveErrors(socket);
            if (count <= 0) {
                return;
            }
            for (int slot = 0; slot < count; slot++) {
                batch.source(slot, address);
                loop.counters.add(UdpCounter.ICMP_ERRORS, 1);
                error(address, batch.error(slot));
            }
        }
    }

    /** Ends it. */
    void close() {
        descriptors.close();
        if (name != null) {
            name.close();
        }
        if (registration != null) {
            registration.forget();
            registration = null;
        }
        if (socket != null) {
            socket.close();
            socket = null;
        }
    }
}

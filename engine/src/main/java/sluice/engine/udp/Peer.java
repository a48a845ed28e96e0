// SPDX-License-Identifier: Apache-2.0
package sluice.engine.udp;

import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;
import sluice.bounds.Bound;
import sluice.engine.flow.Destination;
import sluice.engine.flow.Flow;
import sluice.engine.flow.FlowEnd;
import sluice.engine.outbound.DialException;
import sluice.engine.outbound.Way;
import sluice.engine.sniff.QuicSniffer;
import sluice.engine.sniff.Sniffed;
import sluice.linux.DatagramBatch;
import sluice.linux.Errno;
import sluice.linux.InetEndpoint;
import sluice.linux.LimitReachedException;
import sluice.linux.RawEndpoint;
import sluice.linux.SystemCallException;
import sluice.rules.Protocol;

/** One peer of one client socket, which is one flow. The loop's thread only. */
final class Peer {
    private static final int MOST_WAITING = 32;
    /** What a datagram that waits costs beside its bytes. */
    private static final int OVERHEAD_BYTES = 64;

    private static final int NAME_DATAGRAMS = 4;
    private static final long DRAINED_NANOS = 1_000_000_000L;
    private static final long REFUSED_NANOS = 3_000_000_000L;

    final Mapping mapping;
    /** Its address as the client sees it. */
    final RawEndpoint visible;

    final Flow flow;

    private final UdpLoop loop;
    private final Queue<Waiting> waiting = new ArrayDeque<>(0);
    /** Whether the client has sent to it, so that its way is decided, or being so. */
    private boolean begun;

    private @Nullable QuicSniffer sniffer;
    /** Whether its name is being looked up. */
    private boolean resolving;

    private long nameDue;
    private @Nullable UpstreamSocket upstream;
    /** Where its datagrams go: itself, or the address that was found for its name. */
    private RawEndpoint to;

    private byte @Nullable [] header;
    private ReplySockets.@Nullable ReplySocket reply;
    private boolean refused;
    /** What its datagrams count as while it is refused. */
    private UdpCounter dropped = UdpCounter.REFUSED;

    private int lastError;
    private long lastMoved;

    /** A datagram that waits, and its place among the bytes that do. */
    @SuppressWarnings("ArrayRecordComponent") // Only carried.
    private record Waiting(byte[] bytes, int trafficClass, Bound.Place place) {}

    Peer(Mapping mapping, RawEndpoint visible, Flow flow) {
        this.mapping = mapping;
        this.loop = mapping.loop;
        this.visible = visible;
        this.to = visible;
        this.flow = flow;
        this.lastMoved = loop.now();
    }

    RawEndpoint to() {
        return to;
    }

    boolean isBy(UpstreamSocket one) {
        return upstream == one;
    }

    /** Says that its upstream is of use. */
    void use() {
        if (upstream != null) {
            upstream.used = true;
        }
    }

    /** The proxy's header in front of what is sent to this peer; made when it is first asked for. */
    byte[] header(AssociatedUpstream by) {
        var made = header;
        if (made == null) {
            made = by.header(to.equals(visible) ? flow.destination() : new Destination(to.endpoint()));
            header = made;
        }
        return made;
    }

    /** Comes into being by a datagram that came in by a socket; that decides nothing about what the client will send. */
    void adopt(UpstreamSocket through) {
        upstream = through;
        flow.path(through.path());
        mapping.strangers++;
    }

    private boolean isStranger() {
        return !begun && upstream != null;
    }

    /**
     * Takes a datagram, or a train, from the client.
     *
     * @return the socket by which the slot, addressed already, is to leave; null when it has been taken care of
     */
    @Nullable
    UpstreamSocket outgoing(DatagramBatch batch, int slot) {
        if (refused) {
            loop.counters.add(dropped, batch.datagrams(slot));
            return null;
        }
        lastMoved = loop.now();
        try {
            if (!begun) {
                begin();
            }
            if ((sniffer != null && offer(sniffer, batch, slot)) || resolving) {
                keep(batch, slot);
                return null;
            }
        } catch (RuntimeException e) {
            failed(e);
        }
        var by = upstream;
        if (by == null) {
            loop.counters.add(dropped, batch.datagrams(slot));
            return null;
        }
        if (!by.isOpen()) {
            keep(batch, slot);
            return null;
        }
        flow.addSent(batch.length(slot));
        return by.prepare(batch, slot, this) ? by : null;
    }

    private void begin() {
        mapping.strangers -= isStranger() ? 1 : 0;
        begun = true;
        if (loop.steering.wouldLoop(flow.destination())) {
            refuse(FlowEnd.LOOP, "the destination is the engine itself");
        } else if (loop.steering.wantsName(flow)) {
            sniffer = new QuicSniffer();
            nameDue = loop.now() + loop.steering.settings().sniff().timeout().toNanos();
            loop.awaitName(this);
        } else {
            take(loop.steering.way(flow, null));
        }
    }

    /** Whether to wait for more; else the way is decided. */
    private boolean offer(QuicSniffer quic, DatagramBatch batch, int slot) {
        var payload = batch.payload(slot).duplicate();
        int end = payload.limit();
        int step = batch.segment(slot) == 0 ? Math.max(1, payload.remaining()) : batch.segment(slot);
        Sniffed sniffed = Sniffed.NEED_MORE;
        int at = payload.position();
        do {
            sniffed = quic.offer(payload.limit(Math.min(end, at + step)).position(at));
            at += step;
        } while (at < end && sniffed instanceof Sniffed.NeedMore);
        boolean more = sniffed instanceof Sniffed.NeedMore && waiting.size() < NAME_DATAGRAMS;
        if (!more) {
            settle(sniffed);
        }
        return more;
    }

    private void settle(Sniffed sniffed) {
        sniffer = null;
        Protocol protocol = null;
        if (sniffed instanceof Sniffed.Found(Protocol found, String name)) {
            protocol = found;
            if (name != null) {
                loop.steering.said(flow, name);
            }
        }
        take(loop.steering.way(flow, protocol));
        release();
    }

    long nameDue() {
        return nameDue;
    }

    /** Goes on without a name when its time is over; whether there is nothing to wait for any more. */
    boolean nameSettled(long now) {
        if (sniffer != null && now - nameDue >= 0) {
            try {
                settle(Sniffed.UNKNOWN);
            } catch (RuntimeException e) {
                failed(e);
            }
        }
        return sniffer == null;
    }

    private void take(Way way) {
        switch (way) {
            case Way.Plain plain -> open(plain);
            case Way.Associated associated -> open(associated);
            case Way.Unresolved unresolved -> lookUp(unresolved);
            case Way.Negotiated negotiated ->
                refuse(FlowEnd.BLOCKED, negotiated.outbounds().getLast() + " does not carry UDP");
            case Way.Refused blocked -> refuse(blocked.end(), blocked.reason());
        }
    }

    private void lookUp(Way.Unresolved way) {
        resolving = true;
        var patience = loop.limits.connect();
        loop.parking.start("engine-name-" + flow.id(), () -> {
            try {
                var found = way.lookUp().lookUp(flow, patience);
                loop.post(() -> found(found, way));
            } catch (DialException e) {
                loop.post(() -> notFound(e.reason(), String.valueOf(e.getMessage())));
            } catch (RuntimeException e) {
                loop.post(() -> notFound(FlowEnd.UNREACHABLE, "internal error: " + e));
            }
        });
    }

    private void found(InetEndpoint address, Way.Unresolved way) {
        if (!resolving) {
            return;
        }
        resolving = false;
        to = new RawEndpoint(address);
        try {
            take(way.at().apply(address));
            release();
        } catch (RuntimeException e) {
            failed(e);
        }
    }

    private void notFound(FlowEnd reason, String detail) {
        if (resolving) {
            refuse(reason, detail);
        }
    }

    private void open(Way.Associated way) {
        boolean byName = flow.destination().isMadeUp() && to.equals(visible);
        try {
            go(byName ? mapping.associated(way, this) : mapping.associated(way, to, this));
        } catch (SystemCallException e) {
            outOfDescriptors(String.valueOf(e.getMessage()));
        }
    }

    /** Takes the upstream; null: there are too many for single names. */
    private void go(@Nullable UpstreamSocket by) {
        if (by == null) {
            refuse(FlowEnd.LIMIT, loop.shares.named().refusal());
            return;
        }
        upstream = by;
        by.translate(to, this);
    }

    private void open(Way.Plain way) {
        try {
            to = new RawEndpoint(way.to());
            go(mapping.plain(way, to, this));
        } catch (LimitReachedException e) {
            outOfDescriptors(String.valueOf(e.getMessage()));
        } catch (SystemCallException e) {
            refuse(FlowEnd.UNREACHABLE, String.valueOf(e.getMessage()));
        }
    }

    private void keep(DatagramBatch batch, int slot) {
        var payload = batch.payload(slot);
        int step = batch.segment(slot) == 0 ? Math.max(1, payload.remaining()) : batch.segment(slot);
        int at = payload.position();
        do {
            int length = Math.min(step, payload.limit() - at);
            var place = waiting.size() >= MOST_WAITING
                    ? null
                    : loop.shares.waitingBytes().take(mapping, length + OVERHEAD_BYTES);
            if (place == null) {
                loop.counters.add(UdpCounter.OVER_WAITING, 1);
            } else {
                var bytes = new byte[length];
                payload.get(at, bytes);
                waiting.add(new Waiting(bytes, batch.trafficClass(slot), place));
            }
            at += step;
        } while (at < payload.limit());
    }

    /** Sends what has waited, when there is a way for it. */
    void release() {
        var by = upstream;
        if (by == null || !by.isOpen()) {
            return;
        }
        for (var next = waiting.poll(); next != null; next = waiting.poll()) {
            next.place.close();
            var bytes = next.bytes;
            loop.single.put(0, bytes, next.trafficClass);
            flow.addSent(bytes.length);
            if (by.prepare(loop.single, 0, this)) {
                by.send(loop.single, 0, 1);
            }
        }
    }

    /** Addresses a slot that came from this peer to the client, and says which socket it goes by. */
    ReplySockets.ReplySocket incoming(DatagramBatch batch, int slot) {
        lastMoved = loop.now();
        flow.addReceived(batch.payload(slot).remaining());
        batch.address(slot, mapping.client, visible);
        var socket = loop.replies.get(reply, mapping, visible.isIpv4(), visible.port(), lastMoved);
        reply = socket;
        return socket;
    }

    /** An ICMP error came back: the flow goes on, as others of the same socket do, and says so when it ends. */
    void error(int errno) {
        lastError = errno;
    }

    /** Whether it has been quiet for too long; the flow has ended then. */
    boolean expired(long now) {
        long quiet = now - lastMoved;
        if (refused) {
            return quiet > REFUSED_NANOS;
        }
        var limits = loop.limits;
        var patience = flow.received() == 0 ? limits.unanswered() : limits.idle();
        if (quiet <= (loop.draining ? DRAINED_NANOS : patience.toNanos())) {
            return false;
        }
        if (lastError == 0 || flow.received() > 0) {
            end(FlowEnd.IDLE, "");
        } else if (lastError == Errno.ECONNREFUSED) {
            end(FlowEnd.REFUSED, "");
        } else {
            end(FlowEnd.UNREACHABLE, Errno.name(lastError));
        }
        return true;
    }

    /** Ends the flow, and drops what comes for a moment: an application that goes on is not a new flow with each datagram. */
    void refuse(FlowEnd reason, String detail) {
        refused = true;
        lastMoved = loop.now();
        loop.counters.add(dropped, waiting.size());
        end(reason, detail);
    }

    /** As {@link #refuse}, for want of a descriptor. */
    void outOfDescriptors(String detail) {
        dropped = UdpCounter.OVER_DESCRIPTORS;
        loop.ledger.refusedForDescriptors();
        refuse(FlowEnd.LIMIT, detail);
    }

    /** An error of ours, from which the other flows must not suffer. */
    private void failed(RuntimeException error) {
        refuse(FlowEnd.STOPPED, "internal error: " + error);
    }

    void end(FlowEnd reason, String detail) {
        waiting.forEach(datagram -> datagram.place.close());
        waiting.clear();
        sniffer = null;
        resolving = false;
        mapping.strangers -= isStranger() ? 1 : 0;
        if (upstream != null) {
            upstream.leave(to, this);
            upstream = null;
        }
        loop.ledger.close(flow, reason, detail);
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.engine.udp;

import java.nio.ByteBuffer;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import sluice.bounds.Bound;
import sluice.engine.flow.Destination;
import sluice.engine.flow.Flow;
import sluice.engine.flow.FlowEnd;
import sluice.engine.outbound.DialException;
import sluice.engine.outbound.UdpAssociation;
import sluice.engine.outbound.Way;
import sluice.linux.DatagramBatch;
import sluice.linux.Errno;
import sluice.linux.LimitReachedException;
import sluice.linux.NativeSocket;
import sluice.linux.RawEndpoint;
import sluice.linux.SystemCallException;

/** Through a proxy, to which a virtual thread has to make an association first. */
final class AssociatedUpstream extends UpstreamSocket {
    /** One to the relay, and the connection on which it was asked for. */
    private static final int DESCRIPTORS = 2;

    private static final long SHORT_LIFE_NANOS = 1_000_000_000L;

    private final Way.Associated way;
    /** The configuration that it was made under. */
    private final int generation;

    /** The one peer that it is for, which has a name and no address; null: all. */
    private final @Nullable Peer only;

    private @Nullable UdpAssociation association;
    private RawEndpoint relay = new RawEndpoint();
    private long opened;
    private boolean closed;

    AssociatedUpstream(Mapping mapping, Way.Associated way, @Nullable Peer only, Bound.@Nullable Place name)
            throws SystemCallException {
        super(mapping, DESCRIPTORS, name);
        this.way = way;
        this.generation = loop.generation;
        this.only = only;
        var timeout = loop.limits.connect();
        var _ = loop.parking.start("engine-associate", () -> associate(timeout));
    }

    /** After a reload an association of before is not for new flows: its outbound may have changed. */
    @Override
    boolean serves(Way wanted) {
        return only == null
                && generation == loop.generation
                && wanted instanceof Way.Associated
                && way.outbounds().equals(wanted.outbounds());
    }

    @Override
    Flow.Path path() {
        return new Flow.Path(-1, way.outbounds());
    }

    private void associate(Duration timeout) {
        try {
            var made = way.dialer().associate(timeout);
            if (!loop.post(() -> made(made))) {
                made.close();
            }
        } catch (DialException e) {
            loop.post(() -> failed(e.reason(), String.valueOf(e.getMessage())));
        } catch (RuntimeException e) {
            loop.post(() -> failed(FlowEnd.PROXY_FAILED, e.toString()));
        }
    }

    private void made(UdpAssociation made) {
        if (closed) {
            made.close();
            return;
        }
        association = made;
        try {
            open(connected(made), made.traits());
        } catch (LimitReachedException e) {
            mapping.outOfDescriptors(this, String.valueOf(e.getMessage()));
            return;
        } catch (SystemCallException e) {
            failed(FlowEnd.UNREACHABLE, String.valueOf(e.getMessage()));
            return;
        }
        opened = loop.now();
        made.onEnd(() -> loop.post(() -> ended("the proxy ended the association")));
        mapping.opened(this);
    }

    /** Connected, so that nobody but the relay is heard. A train would need a header in front of each of its datagrams. */
    private NativeSocket connected(UdpAssociation made) throws SystemCallException {
        relay = new RawEndpoint(made.relay());
        var socket = DatagramSockets.upstream(made.traits(), made.relay().family(), false);
        try {
            socket.connect(made.relay());
            return socket;
        } catch (SystemCallException e) {
            socket.close();
            throw e;
        }
    }

    private void failed(FlowEnd reason, String detail) {
        if (!closed) {
            mapping.failed(this, reason, detail);
        }
    }

    private void ended(String detail) {
        if (!closed) {
            if (System.nanoTime() - opened > SHORT_LIFE_NANOS) {
                mapping.ended(this, FlowEnd.PROXY_FAILED, detail);
            } else {
                // One that never lasts is not made anew with each datagram.
                mapping.failed(this, FlowEnd.PROXY_FAILED, detail);
            }
        }
    }

    /** The proxy's header for a destination. */
    byte[] header(Destination destination) {
        var made = association;
        if (made == null) {
            return new byte[0];
        }
        var into = ByteBuffer.allocate(made.headerBytes());
        made.wrap(destination, into);
        var header = new byte[into.position()];
        into.get(0, header);
        return header;
    }

    @Override
    boolean prepare(DatagramBatch batch, int slot, Peer peer) {
        var header = peer.header(this);
        int segment = batch.segment(slot);
        if (segment == 0) {
            prefix(batch, slot, header);
            return true;
        }
        // Each header lies over the end of the datagram before, which has left by then.
        int length = batch.length(slot);
        for (int at = 0; at < length; at += segment) {
            batch.cut(slot, at, Math.min(segment, length - at));
            prefix(batch, slot, header);
            send(batch, slot, 1);
        }
        return false;
    }

    @Override
    public boolean sendsTrainsAtOnce() {
        return true;
    }

    private void prefix(DatagramBatch batch, int slot, byte[] header) {
        var payload = batch.payload(slot);
        int start = payload.position() - header.length;
        payload.put(start, header).position(start);
        batch.address(slot, relay);
    }

    @Override
    @Nullable
    Peer peer(DatagramBatch batch, int slot) {
        var made = association;
        if (made == null) {
            return null;
        }
        if (only != null) {
            // Whatever address the proxy has found for the name.
            int port = made.unwrapPort(batch.payload(slot));
            if ((port == only.visible.port() || port == 0) && only.isBy(this)) {
                return only;
            }
        } else {
            var sender = made.unwrap(batch.payload(slot));
            if (sender != null && !sender.address().isAnyLocalAddress()) {
                return sender(new RawEndpoint(sender), batch, slot);
            }
            // The proxy does not say which of the peers it was.
            var peer = sender == null ? null : mapping.only(this, sender.port());
            if (peer != null) {
                return peer;
            }
        }
        loop.counters.add(UdpCounter.NOT_UNDERSTOOD, 1);
        return null;
    }

    @Override
    void error(RawEndpoint to, int errno) {
        // Others pass: after EMSGSIZE the kernel sends fragments (ip(7): IP_MTU_DISCOVER), and routes come back.
        if (errno == Errno.ECONNREFUSED) {
            ended("nobody listens at the proxy's relay " + relay);
        }
    }

    @Override
    void close() {
        closed = true;
        super.close();
        if (association != null) {
            association.close();
            association = null;
        }
    }
}

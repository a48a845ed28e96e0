// SPDX-License-Identifier: Apache-2.0
package sluice.engine.udp;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sluice.engine.flow.Flow;
import sluice.engine.outbound.SocketTraits;
import sluice.engine.outbound.Way;
import sluice.linux.DatagramBatch;
import sluice.linux.RawEndpoint;
import sluice.linux.SystemCallException;

/** Straight to the peers, from one port. */
final class PlainUpstream extends UpstreamSocket {
    private final SocketTraits traits;
    private final int family;
    private final List<String> outbounds;
    private final RawEndpoint source = new RawEndpoint();
    /** Peers that the client knows by another address than the one they have here. */
    private @Nullable Map<RawEndpoint, Peer> translated;

    PlainUpstream(Mapping mapping, Way.Plain way) throws SystemCallException {
        super(mapping);
        this.traits = way.traits();
        this.family = way.to().family();
        this.outbounds = way.outbounds();
        open(DatagramSockets.upstream(traits, family, true));
    }

    boolean serves(Way.Plain way) {
        return way.to().family() == family && way.traits().equals(traits);
    }

    @Override
    Flow.Path path() {
        return new Flow.Path(-1, outbounds);
    }

    void translate(RawEndpoint address, Peer peer) {
        var map = translated;
        if (map == null) {
            map = new HashMap<>();
            translated = map;
        }
        map.put(address, peer);
    }

    @Override
    boolean prepare(DatagramBatch batch, int slot, Peer peer) {
        batch.address(slot, peer.to());
        return true;
    }

    @Override
    @Nullable
    Peer peer(DatagramBatch batch, int slot) {
        batch.source(slot, source);
        var known = translated(source);
        if (known != null) {
            return known;
        }
        var peer = mapping.from(source, this);
        if (peer == null) {
            loop.counters.add(UdpCounter.OVER_PEERS, batch.datagrams(slot));
        }
        return peer;
    }

    private @Nullable Peer translated(RawEndpoint address) {
        var map = translated;
        var peer = map == null ? null : map.get(address);
        // Not one that has ended meanwhile.
        return peer != null && peer.isBy(this) ? peer : null;
    }

    @Override
    void error(RawEndpoint to, int errno) {
        var known = translated(to);
        var peer = known != null ? known : mapping.find(to);
        if (peer != null) {
            peer.error(errno);
        }
    }
}

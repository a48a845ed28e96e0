// SPDX-License-Identifier: Apache-2.0
package sluice.engine.udp;

import java.util.List;
import org.jspecify.annotations.Nullable;
import sluice.bounds.Bound;
import sluice.engine.flow.Flow;
import sluice.engine.outbound.Way;
import sluice.linux.DatagramBatch;
import sluice.linux.Errno;
import sluice.linux.RawEndpoint;
import sluice.linux.SystemCallException;

/** Straight to the peers, from one port. */
final class PlainUpstream extends UpstreamSocket {
    private final int family;
    private final List<String> outbounds;
    private final RawEndpoint source = new RawEndpoint();

    PlainUpstream(Mapping mapping, Way.Plain way, Bound.@Nullable Place name) throws SystemCallException {
        super(mapping, 1, name);
        this.family = way.to().family();
        this.outbounds = way.outbounds();
        try {
            open(DatagramSockets.upstream(way.traits(), family, true), way.traits());
        } catch (SystemCallException e) {
            close();
            throw e;
        }
    }

    @Override
    boolean serves(Way way) {
        return way instanceof Way.Plain plain && plain.to().family() == family && has(plain.traits());
    }

    @Override
    Flow.Path path() {
        return new Flow.Path(-1, outbounds);
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
        return sender(source, batch, slot);
    }

    @Override
    void error(RawEndpoint to, int errno) {
        var known = translated(to);
        var peer = known != null ? known : mapping.find(to);
        // After EMSGSIZE the kernel sends fragments (ip(7): IP_MTU_DISCOVER).
        if (peer != null && errno != Errno.EMSGSIZE) {
            peer.error(errno);
            if (errno == Errno.ECONNREFUSED) {
                loop.refusals.tell(mapping, peer.visible, loop.now());
            }
        }
    }
}

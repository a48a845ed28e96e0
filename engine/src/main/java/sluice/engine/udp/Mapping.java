// SPDX-License-Identifier: Apache-2.0
package sluice.engine.udp;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sluice.dns.NameService.Meaning;
import sluice.engine.Attribution;
import sluice.engine.flow.FlowEnd;
import sluice.engine.flow.Owner;
import sluice.engine.flow.Transport;
import sluice.engine.outbound.Way;
import sluice.linux.InetEndpoint;
import sluice.linux.RawEndpoint;
import sluice.linux.SystemCallException;

/**
 * One client socket: whatever it sends leaves by one socket for each outbound, so that all peers see the same source (endpoint-independent
 * mapping, RFC 4787), and whoever sends to that socket reaches the client. The loop's thread only.
 */
final class Mapping {
    private static final long REFUSAL_NANOS = 1_000_000_000L;

    final Ingress ingress;
    final UdpLoop loop;
    final RawEndpoint client;

    private final InetEndpoint endpoint;
    private final Map<RawEndpoint, Peer> peers = new HashMap<>();
    private final List<UpstreamSocket> upstreams = new ArrayList<>();
    private @Nullable Peer last;
    private @Nullable Owner owner;
    private long refusedUntil;
    private boolean refused;

    Mapping(Ingress ingress, RawEndpoint client) {
        this.ingress = ingress;
        this.loop = ingress.loop;
        this.client = client;
        this.endpoint = client.endpoint();
    }

    /** The peer with that address, as the client sees it; null over a limit. */
    @Nullable
    Peer towards(RawEndpoint address) {
        var known = known(address);
        return known != null ? known : open(address, true);
    }

    private @Nullable Peer known(RawEndpoint address) {
        var peer = last;
        if (peer == null || !peer.visible.equals(address)) {
            peer = peers.get(address);
            last = peer;
        }
        return peer;
    }

    /** @param chosen whether the client chose the address, which may then mean more than itself */
    private @Nullable Peer open(RawEndpoint address, boolean chosen) {
        if (peers.size() >= loop.limits.peers() || (refused && loop.now() - refusedUntil < 0)) {
            return null;
        }
        var key = address.copy();
        var destination = key.endpoint();
        var whose = owner;
        if (whose == null) {
            whose = loop.attribution.ownerOrUnknown(Transport.UDP, endpoint, destination);
            owner = whose;
        }
        var meaning = chosen ? loop.steering.meaning(destination) : Meaning.ADDRESS;
        var flow = loop.ledger.open(
                Transport.UDP, ingress.target, endpoint, destination, meaning, Attribution.known(whose));
        boolean forgotten = meaning instanceof Meaning.Forgotten;
        refused = flow.ended() != null && !forgotten;
        if (refused) {
            // Not a flow for each datagram.
            refusedUntil = loop.now() + REFUSAL_NANOS;
            return null;
        }
        var peer = new Peer(this, key, flow);
        if (forgotten) {
            peer.refuse(FlowEnd.FORGOTTEN, "");
        }
        peers.put(key, peer);
        last = peer;
        return peer;
    }

    /** Who sent a datagram that came in by one of the upstream sockets; null over a limit. */
    @Nullable
    Peer from(RawEndpoint source, UpstreamSocket through) {
        var known = known(source);
        if (known != null) {
            return known;
        }
        // Somebody the client has not sent to: it reaches the client as it would without the engine.
        var stranger = open(source, false);
        if (stranger != null) {
            stranger.adopt(through);
        }
        return stranger;
    }

    /**
     * The socket for a way, made when it is the first time, or when all that are there have another peer at the address.
     *
     * @return null when there are too many
     */
    @Nullable
    PlainUpstream plain(Way.Plain way, RawEndpoint address, Peer peer) throws SystemCallException {
        boolean single = false;
        for (var upstream : upstreams) {
            if (upstream instanceof PlainUpstream plain && plain.serves(way)) {
                if (!plain.isTaken(address, peer)) {
                    return plain;
                }
                single = true;
            }
        }
        if (single && isOverNames()) {
            return null;
        }
        var made = new PlainUpstream(this, way, single);
        upstreams.add(made);
        return made;
    }

    /** As {@link #plain}: the association for a way, which may still be in the making. */
    @Nullable
    AssociatedUpstream associated(Way.Associated way, RawEndpoint address, Peer peer) {
        boolean single = false;
        for (var upstream : upstreams) {
            if (upstream instanceof AssociatedUpstream associated && associated.serves(way, loop.steering)) {
                if (!associated.isTaken(address, peer)) {
                    return associated;
                }
                single = true;
            }
        }
        return single && isOverNames() ? null : made(new AssociatedUpstream(this, way, loop.steering, null, single));
    }

    /** An association for a peer of which there is only the name: answers have the address that the proxy found, which nobody knows. */
    @Nullable
    AssociatedUpstream associated(Way.Associated way, Peer peer) {
        return isOverNames() ? null : made(new AssociatedUpstream(this, way, loop.steering, peer, true));
    }

    private AssociatedUpstream made(AssociatedUpstream upstream) {
        upstreams.add(upstream);
        return upstream;
    }

    private boolean isOverNames() {
        return loop.named >= loop.limits.named();
    }

    /** The upstream's flows go on as soon as it can carry them. */
    void opened(UpstreamSocket upstream) {
        for (var peer : peers.values()) {
            if (peer.isBy(upstream)) {
                peer.release();
            }
        }
    }

    /** An upstream that has ended takes its flows along; the next datagram begins anew. */
    void ended(UpstreamSocket upstream, FlowEnd reason, String detail, boolean again) {
        upstreams.remove(upstream);
        upstream.close();
        peers.values().removeIf(peer -> {
            if (!peer.isBy(upstream)) {
                return false;
            }
            if (again) {
                peer.end(reason, detail);
            } else {
                peer.refuse(reason, detail);
            }
            return again;
        });
        last = null;
    }

    /** The peer with that address, if there is one. */
    @Nullable
    Peer find(RawEndpoint address) {
        return peers.get(address);
    }

    /** Ends what has been quiet for too long; whether nothing is left. */
    boolean sweep(long now) {
        peers.values().removeIf(peer -> peer.expired(now));
        last = null;
        upstreams.forEach(upstream -> upstream.used = false);
        peers.values().forEach(Peer::use);
        upstreams.removeIf(upstream -> {
            if (!upstream.used) {
                upstream.close();
            }
            return !upstream.used;
        });
        return peers.isEmpty();
    }

    /** Ends everything. */
    void stop() {
        peers.values().forEach(peer -> peer.end(FlowEnd.STOPPED, ""));
        peers.clear();
        upstreams.forEach(UpstreamSocket::close);
        upstreams.clear();
        last = null;
    }
}

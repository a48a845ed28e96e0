// SPDX-License-Identifier: Apache-2.0
package sluice.engine.udp;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import sluice.bounds.Bound;
import sluice.bounds.Claimant;
import sluice.dns.NameService.Lease;
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
final class Mapping implements Claimant {
    private static final long REFUSAL_NANOS = 1_000_000_000L;

    final Ingress ingress;
    final UdpLoop loop;
    final RawEndpoint client;

    private final InetEndpoint endpoint;
    private final Map<RawEndpoint, Peer> peers = new HashMap<>();
    private final List<UpstreamSocket> upstreams = new ArrayList<>();
    private @Nullable Peer last;
    /** Where the first datagram goes. */
    private final RawEndpoint firstPeer;
    /** Whoever sent to a new peer last: a port may change hands. Null while nobody was asked. */
    private @Nullable Owner owner;
    /** What it has among the client sockets. */
    private Bound.@Nullable Place place;

    private long refusedUntil;
    private long strangersRefusedUntil;
    /** Peers that the client has not sent to. */
    int strangers;

    /** For a datagram that goes to the first peer. */
    Mapping(Ingress ingress, RawEndpoint client, RawEndpoint firstPeer) {
        this.ingress = ingress;
        this.loop = ingress.loop;
        this.client = client;
        this.firstPeer = firstPeer;
        this.endpoint = client.endpoint();
        this.refusedUntil = loop.now();
        this.strangersRefusedUntil = loop.now();
    }

    /** Takes its place among the client sockets, to be given back by {@link #release}; whether there is one. */
    boolean claim() {
        place = loop.shares.mappings().take(this);
        return place != null;
    }

    /** Gives its place back. */
    void release() {
        if (place != null) {
            place.close();
            place = null;
        }
    }

    @Override
    public String share() {
        var known = owner;
        if (known == null) {
            known = loop.attribution.ownerOrUnknown(Transport.UDP, endpoint, firstPeer.endpoint());
            owner = known;
        }
        return known.share();
    }

    private Owner owner(RawEndpoint address, InetEndpoint destination) {
        var known = owner;
        // Nobody else was asked for since it was claimed.
        boolean isFresh = known != null && peers.isEmpty() && address.equals(firstPeer);
        var found = known != null && isFresh
                ? known
                : loop.attribution.ownerOrUnknown(Transport.UDP, endpoint, destination);
        owner = found;
        return found;
    }

    /** The peer with that address, as the client sees it; null over a limit. */
    @Nullable
    Peer towards(RawEndpoint address) {
        var known = known(address);
        if (known != null) {
            return known;
        }
        if (peers.size() - strangers >= loop.limits.peers() || loop.now() - refusedUntil < 0) {
            return null;
        }
        var key = address.copy();
        var destination = key.endpoint();
        var sender = owner(key, destination);
        var opened = open(key, destination, loop.steering.meaning(destination), sender);
        if (opened == null) {
            refusedUntil = afterRefusal();
        }
        return opened;
    }

    /** Not a flow for each datagram. */
    private long afterRefusal() {
        return loop.now() + REFUSAL_NANOS;
    }

    /** Whether there is a peer with that address. */
    boolean knows(RawEndpoint address) {
        return known(address) != null;
    }

    private @Nullable Peer known(RawEndpoint address) {
        var peer = last;
        if (peer == null || !peer.visible.equals(address)) {
            peer = peers.get(address);
            last = peer;
        }
        return peer;
    }

    private @Nullable Peer open(RawEndpoint address, InetEndpoint destination, Meaning meaning, Owner sender) {
        var flow = loop.ledger.open(
                Transport.UDP, ingress.target, endpoint, destination, meaning, Attribution.known(sender));
        boolean forgotten = meaning instanceof Meaning.Forgotten;
        if (flow.ended() != null && !forgotten) {
            return null;
        }
        var peer = new Peer(this, address, flow);
        if (forgotten) {
            peer.refuse(FlowEnd.FORGOTTEN, "");
        }
        peers.put(address, peer);
        last = peer;
        return peer;
    }

    /** Who sent datagrams that came in by one of the upstream sockets; null when they are dropped, which is counted. */
    @Nullable
    Peer from(RawEndpoint source, UpstreamSocket through, long datagrams) {
        var peer = known(source);
        if (peer == null) {
            peer = stranger(source, through, datagrams);
        } else if (!peer.isBy(through)) {
            // Nobody speaks for those that the client reaches by another way.
            loop.counters.add(UdpCounter.NOT_UNDERSTOOD, datagrams);
            peer = null;
        }
        return peer;
    }

    /** Somebody the client has not sent to: it reaches the client as it would without the engine. */
    private @Nullable Peer stranger(RawEndpoint source, UpstreamSocket through, long datagrams) {
        if (strangers >= loop.limits.strangers()
                || peers.size() >= loop.limits.peers()
                || loop.now() - strangersRefusedUntil < 0) {
            loop.counters.add(UdpCounter.OVER_PEERS, datagrams);
            return null;
        }
        var key = source.copy();
        var sender = key.endpoint();
        var meaning = loop.steering.meaning(sender);
        if (meaning instanceof Meaning.Fake(String _, Lease lease)) {
            lease.close();
        }
        if (!canSend(sender, meaning)) {
            loop.counters.add(UdpCounter.NOT_UNDERSTOOD, datagrams);
            return null;
        }
        var opened = open(key, sender, meaning, owner == null ? Owner.UNKNOWN : owner);
        if (opened == null) {
            strangersRefusedUntil = afterRefusal();
            loop.counters.add(UdpCounter.OVER_PEERS, datagrams);
            return null;
        }
        opened.adopt(through);
        return opened;
    }

    /** Whether somebody outside may have the address: a proxy can say anything. */
    private static boolean canSend(InetEndpoint sender, Meaning meaning) {
        var address = sender.address();
        boolean madeUp = meaning instanceof Meaning.Fake || meaning instanceof Meaning.Forgotten;
        return !madeUp
                && sender.port() != 0
                && !address.isAnyLocalAddress()
                && !address.isLoopbackAddress()
                && !address.isMulticastAddress();
    }

    /**
     * The socket for a way, made when it is the first time, or when all that are there have another peer at the address.
     *
     * @return null when there are too many
     */
    @Nullable
    UpstreamSocket plain(Way.Plain way, RawEndpoint address, Peer peer) throws SystemCallException {
        var free = free(way, address, peer);
        boolean single = free == null && isServed(way);
        if (free != null) {
            return free;
        }
        var name = single ? loop.shares.named().take(this) : null;
        return single && name == null ? null : made(new PlainUpstream(this, way, name));
    }

    /** As {@link #plain}: the association for a way, which may still be in the making. */
    @Nullable
    UpstreamSocket associated(Way.Associated way, RawEndpoint address, Peer peer) throws SystemCallException {
        var free = free(way, address, peer);
        boolean single = free == null && isServed(way);
        if (free != null) {
            return free;
        }
        var name = single ? loop.shares.named().take(this) : null;
        return single && name == null ? null : made(new AssociatedUpstream(this, way, null, name));
    }

    /** One that serves and has nobody else at the address: if possible the one that the peer came by, to which it sends. */
    private @Nullable UpstreamSocket free(Way way, RawEndpoint address, Peer peer) {
        UpstreamSocket found = null;
        for (var upstream : upstreams) {
            if (upstream.serves(way) && !upstream.isTaken(address, peer) && (found == null || peer.isBy(upstream))) {
                found = upstream;
            }
        }
        return found;
    }

    private boolean isServed(Way way) {
        return upstreams.stream().anyMatch(upstream -> upstream.serves(way));
    }

    /** An association for a peer of which there is only the name: answers have the address that the proxy found, which nobody knows. */
    @Nullable
    UpstreamSocket associated(Way.Associated way, Peer peer) throws SystemCallException {
        var name = loop.shares.named().take(this);
        return name == null ? null : made(new AssociatedUpstream(this, way, peer, name));
    }

    private UpstreamSocket made(UpstreamSocket upstream) {
        upstreams.add(upstream);
        return upstream;
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
    void ended(UpstreamSocket upstream, FlowEnd reason, String detail) {
        end(upstream, peer -> {
            peer.end(reason, detail);
            return true;
        });
    }

    /** As {@link #ended}, but what the client sends is refused for a moment. */
    void failed(UpstreamSocket upstream, FlowEnd reason, String detail) {
        end(upstream, peer -> {
            peer.refuse(reason, detail);
            return false;
        });
    }

    /** As {@link #failed}, for want of a descriptor. */
    void outOfDescriptors(UpstreamSocket upstream, String detail) {
        end(upstream, peer -> {
            peer.outOfDescriptors(detail);
            return false;
        });
    }

    private void end(UpstreamSocket upstream, Predicate<Peer> over) {
        upstreams.remove(upstream);
        upstream.close();
        peers.values().removeIf(peer -> peer.isBy(upstream) && over.test(peer));
        last = null;
    }

    /**
     * The only peer with a port that sends by this upstream; null where there are several, or none.
     *
     * @param port 0: any
     */
    @Nullable
    Peer only(UpstreamSocket by, int port) {
        Peer found = null;
        for (var peer : peers.values()) {
            if (peer.isBy(by) && (port == 0 || peer.to().port() == port)) {
                if (found != null) {
                    return null;
                }
                found = peer;
            }
        }
        return found;
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

    /** Replaces the loop guard's bits in the mark of every socket to the outside. */
    void guard(int former, int bits) {
        List.copyOf(upstreams).forEach(upstream -> upstream.guard(former, bits));
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

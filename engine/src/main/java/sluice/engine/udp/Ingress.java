// SPDX-License-Identifier: Apache-2.0
package sluice.engine.udp;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import sluice.engine.flow.Transport;
import sluice.linux.FileDescriptor;
import sluice.linux.InetEndpoint;
import sluice.linux.NativeSocket;
import sluice.linux.Poller;
import sluice.linux.RawEndpoint;
import sluice.linux.SystemCallException;

/** One listener: what applications send to one target, IPv4 or IPv6, and their mappings. The loop's thread only. */
final class Ingress {
    private static final int TURNS = 4;

    final UdpLoop loop;
    final String target;

    private final NativeSocket socket;
    /** Where the listener is bound. */
    private final RawEndpoint local;

    private final Map<RawEndpoint, Mapping> mappings = new HashMap<>();
    private final RawEndpoint client = new RawEndpoint();
    private final RawEndpoint destination = new RawEndpoint();
    private final Overload overload = new Overload();
    private @Nullable Mapping last;
    private Poller.@Nullable Registration registration;

    /** For a listener that stays the caller's. */
    Ingress(UdpLoop loop, String target, NativeSocket socket) throws SystemCallException {
        this.loop = loop;
        this.target = target;
        this.socket = socket;
        this.local = new RawEndpoint((InetEndpoint) socket.localAddress());
    }

    void start() throws SystemCallException {
        registration = loop.poller.register(socket.descriptor(), Poller.EPOLLIN, _ -> ready());
    }

    private void ready() {
        var batch = loop.batch;
        for (int turn = 0; turn < TURNS; turn++) {
            int count = batch.receive(socket);
            if (count <= 0) {
                observe(0);
                return;
            }
            loop.counters.add(UdpCounter.RECEIVED_AT_ONCE, 1);
            loop.counters.add(UdpCounter.FROM_CLIENTS, ReplySockets.datagrams(batch, 0, count));
            forward(count);
            if (count < batch.slots()) {
                observe(0);
                return;
            }
        }
        observe(socket.waiting());
    }

    /** What waits is asked for only while all turns are used up. */
    private void observe(long waiting) {
        overload.observe(waiting, DatagramSockets.LISTENER_ROOM, loop.now());
    }

    private boolean drops(int slot) {
        boolean drops = overload.drops(client, loop.now());
        if (drops) {
            loop.counters.add(UdpCounter.OVERLOAD, loop.batch.datagrams(slot));
        }
        return drops;
    }

    /** Neighbours that leave by the same socket leave with one call; but where a train leaves at once it must not overtake what came before. */
    private void forward(int count) {
        var batch = loop.batch;
        Sender through = null;
        int first = 0;
        for (int slot = 0; slot < count; slot++) {
            if (through != null && through.sendsTrainsAtOnce() && batch.segment(slot) != 0) {
                through.send(batch, first, slot - first);
                through = null;
            }
            var next = sender(slot);
            if (!Objects.equals(next, through)) {
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

    private @Nullable Sender sender(int slot) {
        var batch = loop.batch;
        batch.source(slot, client);
        if (!batch.originalDestination(slot, destination)) {
            loop.counters.add(UdpCounter.LOOP, batch.datagrams(slot));
            return null;
        }
        if (destination.equals(local) && !loop.redirector.sent(Transport.UDP, client.endpoint())) {
            loop.counters.add(UdpCounter.UNREDIRECTED, batch.datagrams(slot));
            return null;
        }
        var names = loop.steering.names();
        if (names != null && destination.port() == Questions.PORT) {
            return drops(slot) ? null : loop.questions.answer(names, target, client, destination, slot);
        }
        var peer = peer(slot);
        return peer == null ? null : peer.outgoing(batch, slot);
    }

    private @Nullable Peer peer(int slot) {
        var batch = loop.batch;
        var mapping = last;
        if (mapping == null || !mapping.client.equals(client)) {
            mapping = mappings.get(client);
            if (mapping == null) {
                if (drops(slot)) {
                    return null;
                }
                mapping = new Mapping(this, client.copy(), destination.copy());
                if (!mapping.claim()) {
                    loop.counters.add(UdpCounter.OVER_MAPPINGS, batch.datagrams(slot));
                    return null;
                }
                mappings.put(mapping.client, mapping);
                loop.mappings++;
            }
            last = mapping;
        }
        if (!mapping.knows(destination) && drops(slot)) {
            return null;
        }
        var peer = mapping.towards(destination);
        if (peer == null) {
            loop.counters.add(UdpCounter.OVER_PEERS, batch.datagrams(slot));
        }
        return peer;
    }

    /** Ends what has been quiet for too long. */
    void sweep(long now) {
        mappings.values().removeIf(mapping -> {
            boolean over = mapping.sweep(now);
            if (over) {
                mapping.release();
                loop.mappings--;
            }
            return over;
        });
        last = null;
    }

    /** Replaces the loop guard's bits in the mark of every socket to the outside. */
    void guard(int former, int bits) {
        mappings.values().forEach(mapping -> mapping.guard(former, bits));
    }

    /** Takes nothing more from the listener, which stays open; what is there goes on. */
    void ignore() {
        if (registration != null) {
            registration.close();
            registration = null;
        }
    }

    boolean listensOn(FileDescriptor descriptor) {
        return registration != null && socket.descriptor().number() == descriptor.number();
    }

    /** Whether it is ignored and nothing is left. */
    boolean isOver() {
        return registration == null && mappings.isEmpty();
    }

    /** Ends everything; the listener stays open. */
    void stop() {
        ignore();
        mappings.values().forEach(Mapping::stop);
        mappings.values().forEach(Mapping::release);
        loop.mappings -= mappings.size();
        mappings.clear();
        last = null;
    }
}

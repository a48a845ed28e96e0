// SPDX-License-Identifier: Apache-2.0
package sluice.engine.tcp;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import sluice.bounds.Bound;
import sluice.bounds.Bounds;
import sluice.engine.Attribution;
import sluice.engine.Redirector;
import sluice.engine.flow.Flow;
import sluice.engine.flow.FlowEnd;
import sluice.engine.flow.FlowLedger;
import sluice.engine.flow.Transport;
import sluice.engine.names.NameConnections;
import sluice.engine.outbound.SecureStream;
import sluice.engine.park.Parking;
import sluice.engine.route.Steering;
import sluice.linux.InetEndpoint;
import sluice.linux.StreamListener;
import sluice.linux.StreamSocket;
import sluice.linux.SystemCallException;
import sluice.rules.EngineSettings;

/**
 * Carries TCP on two threads: {@code engine-tcp} accepts, connects and carries flows as long as they are small; {@code engine-bulk} takes
 * over those that fill a buffer, so that new flows stay quick while bulk fills the processors. Any one thread at a time may call this.
 */
public final class TcpEngine implements AutoCloseable {
    /** Where name servers listen (RFC 1035, section 4.2). */
    private static final int DNS = 53;

    /** Connections that may wait to become flows: one for so many descriptors. */
    private static final int WAITING_SHARE = 16;

    private static final int MOST_WAITING = 4096;

    /** What TLS keeps for a connection, and two threads. */
    private static final int ENCRYPTED_KIBIBYTES = 40;

    private final Loop loop;
    private final Loop bulk;
    private final PipePool pipes;
    private final Bound waiting;
    private final FlowLedger ledger;
    private final Attribution attribution;
    private final Origin origin;
    private final Redirector redirector;
    private final Parking parking;
    private final NameConnections connections;
    private final Tuning tuning;
    private final FirstSpeakers speakers = new FirstSpeakers(System::nanoTime);
    private final Set<EncryptedRelay> encrypted = ConcurrentHashMap.newKeySet();
    private final Map<StreamListener, Acceptor> acceptors = new HashMap<>();
    private volatile Steering steering;

    /** Where an accepted connection was meant to go. */
    @FunctionalInterface
    public interface Origin {
        /** The original destination. */
        InetEndpoint of(StreamSocket accepted) throws SystemCallException;
    }

    private TcpEngine(Loop loop, Loop bulk, PipePool pipes, Parts parts) {
        this.loop = loop;
        this.bulk = bulk;
        this.pipes = pipes;
        this.ledger = parts.ledger;
        this.attribution = parts.attribution;
        this.origin = parts.origin;
        this.redirector = parts.redirector;
        this.parking = parts.parking;
        this.connections = parts.connections;
        this.tuning = parts.tuning;
        int mostWaiting = Math.clamp(parts.ledger.descriptors().most() / WAITING_SHARE, 1, MOST_WAITING);
        this.waiting = parts.bounds.add("connections-waiting", mostWaiting);
        this.steering = parts.steering;
    }

    /**
     * What it works with.
     *
     * @param origin {@link StreamSocket#local} behind TPROXY
     * @param redirector knows what was redirected to the listeners
     * @param parking where negotiations and encrypted flows wait; stays the caller's
     * @param connections serves what goes to port 53; closed with this
     * @param bounds gets those of what relays take
     */
    public record Parts(
            Steering steering,
            FlowLedger ledger,
            Attribution attribution,
            Origin origin,
            Redirector redirector,
            Parking parking,
            NameConnections connections,
            Bounds bounds,
            Tuning tuning) {}

    /** Starts the threads. */
    public static TcpEngine start(Parts parts) throws SystemCallException {
        var pipes = new PipePool(parts.tuning.pipes(), parts.bounds);
        var loop = new Loop("engine-tcp", pipes);
        Loop bulk;
        try {
            bulk = new Loop("engine-bulk", pipes);
        } catch (SystemCallException e) {
            loop.poller.close();
            throw e;
        }
        loop.start();
        bulk.start();
        return new TcpEngine(loop, bulk, pipes, parts);
    }

    /** Accepts from the listener, which stays the caller's, until {@link #ignore}. */
    public void serve(String target, StreamListener listener) throws IOException {
        var local = listener.local();
        loop.call(() -> {
            Acceptor.Arrivals arrivals = (socket, from) -> arrived(target, socket, from, local);
            acceptors.put(listener, new Acceptor(loop, listener, arrivals, ledger, waiting));
        });
    }

    /** Accepts no more from the listener, if it did; its flows go on. */
    public void ignore(StreamListener listener) throws IOException {
        loop.call(() -> {
            var acceptor = acceptors.remove(listener);
            if (acceptor != null) {
                acceptor.stop();
            }
        });
    }

    private @Nullable Arrival arrived(String target, StreamSocket socket, StreamListener from, InetEndpoint listener) {
        var client = from.peer();
        InetEndpoint destination;
        try {
            destination = origin.of(socket);
        } catch (SystemCallException _) {
            // getsockname(2) fails for want of memory only.
            ledger.refusedForDescriptors();
            socket.abort();
            return null;
        }
        if (destination.equals(listener) && !redirector.sent(Transport.TCP, client)) {
            ledger.refusedAsUnredirected();
            socket.abort();
            return null;
        }
        return new Arrival(this, attribution, target, socket, client, destination);
    }

    /** Makes an arrival a flow, or a connection to a name server. On the loop's thread. */
    void begin(Arrival arrival) {
        var now = steering;
        var names = now.names();
        var socket = arrival.socket;
        if (names != null && arrival.destination.port() == DNS) {
            connections.open(names, arrival.target, arrival.client, arrival.destination, arrival.owner(), socket);
            return;
        }
        var meaning = now.meaning(arrival.destination);
        var flow = ledger.open(
                Transport.TCP, arrival.target, arrival.client, arrival.destination, meaning, arrival.attribution());
        if (flow.ended() != null) {
            socket.abort();
            return;
        }
        if (now.dependsOnOwner(flow.destination())) {
            // A client that has closed is not found any more.
            var _ = flow.owner();
        }
        new Relay(this, loop, flow, socket).begin();
    }

    /** Finds out the process, if proxies are told of it. Not on a loop's thread. */
    void identify(Flow flow) {
        if (!settings().userAgent()) {
            return;
        }
        try {
            flow.owner(attribution.withProcess(flow.owner()));
        } catch (RuntimeException _) {
            // As its contract says.
        }
    }

    /** Replaces what new flows are decided with. Any thread. */
    public void steering(Steering changed) {
        steering = changed;
    }

    Steering steering() {
        return steering;
    }

    EngineSettings settings() {
        return steering.settings();
    }

    Tuning tuning() {
        return tuning;
    }

    /** Destinations at which servers speak first. */
    FirstSpeakers speakers() {
        return speakers;
    }

    Parking parking() {
        return parking;
    }

    FlowLedger ledger() {
        return ledger;
    }

    /** Hands the relay over to the thread for bulk or to the other one, unless it is there already. On the thread of {@code from}. */
    boolean move(Relay relay, Loop from, boolean isBulk) {
        var to = isBulk ? bulk : loop;
        if (from.equals(to)) {
            return false;
        }
        relay.leave();
        if (!to.post(() -> relay.arrive(to))) {
            // The engine stops; so will this loop, and end it.
            relay.arrive(from);
        }
        return true;
    }

    /**
     * Has a flow carried by threads of its own; both connections are theirs from now on. On a loop's thread.
     *
     * @param unheard whether it matters which side speaks first
     */
    void carryEncrypted(Flow flow, StreamSocket client, SecureStream stream, boolean unheard) {
        var memory = ledger.memory().take(flow, ENCRYPTED_KIBIBYTES);
        if (memory == null) {
            client.abort();
            stream.abort();
            ledger.close(flow, FlowEnd.LIMIT, ledger.memory().refusal());
            return;
        }
        flow.hold(memory);
        try {
            new EncryptedRelay(this, flow, parking.adopt(client), stream, unheard).start();
        } catch (SystemCallException e) {
            client.abort();
            stream.abort();
            ledger.close(flow, FlowEnd.LIMIT, String.valueOf(e.getMessage()));
        }
    }

    /** Encrypted flows that live. */
    Set<EncryptedRelay> encrypted() {
        return encrypted;
    }

    /** How many flows the thread for bulk carries. Any other thread. */
    int bulkFlows() throws IOException {
        var count = new AtomicInteger();
        bulk.call(() -> count.set(bulk.relays()));
        return count.get();
    }

    /** Pipes that are open. */
    int pipes() {
        return pipes.open();
    }

    /** Ends all flows and the threads; listeners stay their owner's. */
    @Override
    public void close() {
        loop.stop();
        bulk.stop();
        connections.close();
        // Nothing is added once the loop has stopped.
        List.copyOf(encrypted).forEach(EncryptedRelay::stop);
        pipes.close();
    }
}

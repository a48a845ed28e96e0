// SPDX-License-Identifier: Apache-2.0
package sluice.engine.flow;

import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import sluice.bounds.Bound;
import sluice.bounds.Bounds;
import sluice.dns.NameService.Lease;
import sluice.dns.NameService.Meaning;
import sluice.engine.Attribution;
import sluice.engine.EngineCounters;
import sluice.linux.InetEndpoint;
import sluice.rules.EngineSettings;

/** The flows that live, how many there may be, and how the others ended. Any thread. */
public final class FlowLedger {
    /** Who counts as one: each could be the application that has its share already. */
    private static final String UNKNOWN = "an application that is not known";

    private static final int FLOW_DESCRIPTORS = 2;
    private static final int FLOW_KIBIBYTES = 2;
    private static final int DATAGRAM_FLOW_KIBIBYTES = 1;

    private final Consumer<Flow> started;
    private final Consumer<Flow> ended;
    /** With the cgroup that it counts for, empty when for none: what is known of its owner may change. */
    private final Map<Flow, String> live = new ConcurrentHashMap<>();

    private final Map<String, Integer> perApplication = new ConcurrentHashMap<>();
    private final AtomicInteger active = new AtomicInteger();
    private final AtomicLong ids = new AtomicLong();
    private final Map<FlowEnd, LongAdder> reasons = new EnumMap<>(FlowEnd.class);
    private final LongAdder overLimit = new LongAdder();
    private final LongAdder overApplicationLimit = new LongAdder();
    private final LongAdder overDescriptors = new LongAdder();
    private final LongAdder unredirected = new LongAdder();
    private final Bound flows;
    private final Bound datagramFlows;
    private final Bound descriptors;
    private final Bound memory;
    private volatile Limits limits;

    /**
     * An empty ledger.
     *
     * @param bounds gets those of flows
     * @param started told of each flow that begins, on the thread that opens it
     * @param ended told of each flow once it has ended, on the thread that ends it
     */
    public FlowLedger(Limits limits, Bounds bounds, Consumer<Flow> started, Consumer<Flow> ended) {
        this.limits = limits;
        flows = bounds.add("flows", limits.flows);
        datagramFlows = bounds.add("udp-flows", limits.datagramFlows);
        descriptors = bounds.add("descriptors", limits.descriptors);
        memory = bounds.add("memory-kib", limits.kibibytes);
        this.started = started;
        this.ended = ended;
        for (var reason : FlowEnd.values()) {
            reasons.put(reason, new LongAdder());
        }
    }

    /**
     * How many flows there may be at once.
     *
     * @param flows over TCP
     * @param datagramFlows over UDP, where many share a socket
     * @param perApplication of one cgroup, and of all together whose cgroup is not known; 0: no limit
     * @param descriptors that flows and queries may have open
     * @param kibibytes of heap that flows and queries may take
     */
    public record Limits(int flows, int datagramFlows, int perApplication, int descriptors, int kibibytes) {
        private static final int MOST_DATAGRAM_FLOWS = 1 << 16;

        /** Limits that settings and this process allow. */
        public static Limits within(EngineSettings settings, Room room) {
            int wanted = settings.maxFlows();
            int possible = room.freeDescriptors() / FLOW_DESCRIPTORS;
            return new Limits(
                    wanted == 0 ? possible : Math.min(wanted, possible),
                    wanted == 0 ? MOST_DATAGRAM_FLOWS : wanted,
                    settings.maxFlowsPerApp(),
                    room.freeDescriptors(),
                    room.freeKibibytes());
        }
    }

    /** Replaces the limits for flows that are still to come. */
    public void limits(Limits changed) {
        limits = changed;
        flows.most(changed.flows);
        datagramFlows.most(changed.datagramFlows);
        descriptors.most(changed.descriptors);
        memory.most(changed.kibibytes);
    }

    /** Descriptors that flows and queries have, or are about to open. */
    public Bound descriptors() {
        return descriptors;
    }

    /** Kibibytes of heap that flows and queries take. */
    public Bound memory() {
        return memory;
    }

    /** The limits in force. */
    public Limits limits() {
        return limits;
    }

    /**
     * Begins a flow. Over a limit, or to an address that is forgotten, it has ended already when this returns: see {@link Flow#ended()}.
     *
     * @param target the outbound that the cgroup's rule names
     * @param meaning what DNS knows of the destination; a lease in it is the flow's from now on
     * @param attribution knows whose it is; asked here where applications have a limit, or some were given the address by DNS
     */
    public Flow open(
            Transport transport,
            String target,
            InetEndpoint client,
            InetEndpoint destination,
            Meaning meaning,
            Attribution attribution) {
        var flow = new Flow(
                ids.incrementAndGet(), transport, target, client, Destination.of(destination, meaning), attribution);
        if (meaning instanceof Meaning.Fake(String _, Lease lease)) {
            flow.lease(lease);
        } else if (meaning instanceof Meaning.Hint hint) {
            flow.hint(hint);
        }
        started.accept(flow);
        var now = limits;
        var application = now.perApplication() > 0
                ? Objects.requireNonNullElse(flow.owner().cgroup(), UNKNOWN)
                : "";
        active.incrementAndGet();
        if (meaning instanceof Meaning.Forgotten) {
            finish(flow, FlowEnd.FORGOTTEN, "the application remembers an answer from before, and has to ask again");
        } else if (isAdmitted(flow, application, now.perApplication())) {
            live.put(flow, application);
        }
        return flow;
    }

    /** Takes the flow's places, or ends it. */
    private boolean isAdmitted(Flow flow, String application, int perApplication) {
        var refusing = takePlaces(flow);
        if (refusing != null) {
            (refusing.equals(descriptors) ? overDescriptors : overLimit).increment();
            finish(flow, FlowEnd.LIMIT, refusing.refusal());
            return false;
        }
        if (!application.isEmpty() && !admit(application, perApplication)) {
            overApplicationLimit.increment();
            finish(flow, FlowEnd.LIMIT, application + " has " + perApplication + " flows already");
            return false;
        }
        return true;
    }

    /** The bound that refuses; null when none does. */
    private @Nullable Bound takePlaces(Flow flow) {
        boolean isTcp = flow.transport() == Transport.TCP;
        var refusing = take(flow, isTcp ? flows : datagramFlows, 1);
        if (refusing == null && isTcp) {
            refusing = take(flow, descriptors, FLOW_DESCRIPTORS);
        }
        return refusing != null ? refusing : take(flow, memory, isTcp ? FLOW_KIBIBYTES : DATAGRAM_FLOW_KIBIBYTES);
    }

    /** The bound, if it refuses. */
    private static @Nullable Bound take(Flow flow, Bound bound, int amount) {
        var place = bound.take(flow, amount);
        if (place == null) {
            return bound;
        }
        flow.hold(place);
        return null;
    }

    private boolean admit(String application, int most) {
        if (perApplication.merge(application, 1, Integer::sum) <= most) {
            return true;
        }
        leave(application);
        return false;
    }

    private void leave(String application) {
        perApplication.computeIfPresent(application, (key, count) -> count == 1 ? null : count - 1);
    }

    /**
     * Ends a flow; only the first time counts. On the thread that owns the flow.
     *
     * @param detail empty, or more than the reason says, for people
     */
    public void close(Flow flow, FlowEnd reason, String detail) {
        var application = live.remove(flow);
        if (application == null) {
            return;
        }
        if (!application.isEmpty()) {
            leave(application);
        }
        finish(flow, reason, detail);
    }

    private void finish(Flow flow, FlowEnd reason, String detail) {
        if (flow.end(reason, detail)) {
            counter(reason).increment();
            ended.accept(flow);
        }
        if (active.decrementAndGet() == 0) {
            synchronized (active) {
                active.notifyAll();
            }
        }
    }

    private LongAdder counter(FlowEnd reason) {
        return Objects.requireNonNull(reasons.get(reason));
    }

    /** Counts a flow that could not even begin, for want of a descriptor. */
    public void refusedForDescriptors() {
        overDescriptors.increment();
    }

    /** Counts a connection that could not even wait to become a flow. */
    public void refusedInCrowd() {
        overLimit.increment();
    }

    /** Counts a connection that was made to a listener itself: no flow. */
    public void refusedAsUnredirected() {
        unredirected.increment();
    }

    /**
     * Waits until no flow lives.
     *
     * @return whether that came before the deadline
     */
    public boolean awaitNone(Duration deadline) throws InterruptedException {
        long end = System.nanoTime() + deadline.toNanos();
        synchronized (active) {
            while (active.get() > 0) {
                long left = end - System.nanoTime();
                if (left <= 0) {
                    return false;
                }
                TimeUnit.NANOSECONDS.timedWait(active, left);
            }
        }
        return true;
    }

    /** The flows that live, in no order. */
    public List<Flow> flows() {
        return List.copyOf(live.keySet());
    }

    /** Numbers since it was made. */
    public EngineCounters counters() {
        var ends = new EnumMap<FlowEnd, Long>(FlowEnd.class);
        for (var reason : FlowEnd.values()) {
            ends.put(reason, counter(reason).sum());
        }
        return new EngineCounters(
                ids.get(),
                active.get(),
                limits.flows(),
                overLimit.sum(),
                overApplicationLimit.sum(),
                overDescriptors.sum(),
                unredirected.sum(),
                ends);
    }
}

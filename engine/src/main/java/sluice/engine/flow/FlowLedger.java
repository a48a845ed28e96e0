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
import sluice.dns.NameService.Lease;
import sluice.dns.NameService.Meaning;
import sluice.engine.Attribution;
import sluice.engine.EngineCounters;
import sluice.linux.InetEndpoint;

/** The flows that live, how many there may be, and how the others ended. Any thread. */
public final class FlowLedger {
    /** Who counts as one: each could be the application that has its share already. */
    private static final String UNKNOWN = "an application that is not known";

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
    private volatile Limits limits;

    /**
     * An empty ledger.
     *
     * @param started told of each flow that begins, on the thread that opens it
     * @param ended told of each flow once it has ended, on the thread that ends it
     */
    public FlowLedger(Limits limits, Consumer<Flow> started, Consumer<Flow> ended) {
        this.limits = limits;
        this.started = started;
        this.ended = ended;
        for (var reason : FlowEnd.values()) {
            reasons.put(reason, new LongAdder());
        }
    }

    /**
     * How many flows there may be at once.
     *
     * @param flows in all
     * @param perApplication of one cgroup, and of all together whose cgroup is not known; 0: no limit
     */
    public record Limits(int flows, int perApplication) {
        // Listeners, pollers, pipes, DNS and health checks, the control socket; the daemon's own files.
        private static final int RESERVED = 512;
        private static final int DESCRIPTORS_PER_FLOW = 2;

        /**
         * Limits that the open files allow.
         *
         * @param wanted flows in all; 0: as many as possible
         * @param descriptors RLIMIT_NOFILE
         */
        public static Limits within(int wanted, int perApplication, int descriptors) {
            int reserved = Math.min(RESERVED, descriptors / 4);
            int possible = (descriptors - reserved) / DESCRIPTORS_PER_FLOW;
            return new Limits(wanted == 0 ? possible : Math.min(wanted, possible), perApplication);
        }
    }

    /** Replaces the limits for flows that are still to come. */
    public void limits(Limits changed) {
        limits = changed;
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
        boolean over = active.incrementAndGet() > now.flows();
        if (meaning instanceof Meaning.Forgotten) {
            finish(flow, FlowEnd.FORGOTTEN, "the application remembers an answer from before, and has to ask again");
        } else if (over) {
            overLimit.increment();
            finish(flow, FlowEnd.LIMIT, "there are " + now.flows() + " flows already");
        } else if (!application.isEmpty() && !admit(application, now.perApplication())) {
            overApplicationLimit.increment();
            finish(flow, FlowEnd.LIMIT, application + " has " + now.perApplication() + " flows already");
        } else {
            live.put(flow, application);
        }
        return flow;
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

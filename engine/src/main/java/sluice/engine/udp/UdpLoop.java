// SPDX-License-Identifier: Apache-2.0
package sluice.engine.udp;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import sluice.engine.Attribution;
import sluice.engine.Redirector;
import sluice.engine.flow.FlowLedger;
import sluice.engine.loop.LoopThread;
import sluice.engine.park.Parking;
import sluice.engine.route.Steering;
import sluice.linux.DatagramBatch;
import sluice.linux.Poller;
import sluice.linux.SystemCallException;

/**
 * The thread {@code engine-udp} and what it owns: everything here but {@link #post}, {@link #call} and {@link #stop}.
 *
 * <p>Others' tasks are few: each association has at most two under way and each name that is looked up one, so that the limits of mappings
 * and flows bound the queue, and late answers to queries have one among them all.
 */
final class UdpLoop implements LoopThread.Turns {
    private static final int SLOTS = 32;
    private static final long SWEEP_NANOS = 1_000_000_000L;
    private static final long MILLI = 1_000_000;

    final Poller poller;
    final UdpCounters counters = new UdpCounters();
    final ReplySockets replies;
    final Refusals refusals;
    final FlowLedger ledger;
    final Attribution attribution;
    final Redirector redirector;
    final Parking parking;
    final Questions questions;
    final UdpShares shares;
    /** What is received, and sent on from its slots, within one turn. */
    final DatagramBatch batch;
    /** For what has waited: others use {@link #batch} meanwhile. */
    final DatagramBatch single;

    Steering steering;
    UdpLimits limits;
    /** Another one for each steering: what is made under one does not keep its routes in memory. */
    int generation;

    /** How many client sockets have a mapping. */
    int mappings;
    /** Whether only answers are still carried. */
    boolean draining;

    private final LoopThread thread;
    private final List<Ingress> ingresses = new ArrayList<>();
    private final List<Peer> naming = new ArrayList<>();
    private int guard;
    private long now = System.nanoTime();
    private long nextSweep = now;

    UdpLoop(UdpEngine.Parts parts) throws SystemCallException {
        this.ledger = parts.ledger();
        this.attribution = parts.attribution();
        this.redirector = parts.redirector();
        this.parking = parts.parking();
        this.steering = parts.steering();
        this.limits = parts.limits();
        this.guard = parts.guard();
        this.batch = new DatagramBatch(SLOTS);
        this.single = new DatagramBatch(1);
        this.shares = UdpShares.of(parts.bounds(), limits);
        this.replies = new ReplySockets(counters, parts.guard(), shares.answerPorts());
        this.refusals = new Refusals(counters, parts.guard(), single, shares.refusals(), now);
        this.questions = new Questions(this, parts.names());
        this.thread = new LoopThread("engine-udp", this);
        this.poller = thread.poller();
    }

    void start() {
        thread.start();
    }

    /** Nanoseconds of {@link System#nanoTime}, as of the last waking. */
    long now() {
        return now;
    }

    List<Ingress> ingresses() {
        return ingresses;
    }

    /** Replaces the loop guard's bits in the mark of every socket that sends. */
    void guard(int bits) {
        int former = guard;
        if (bits == former) {
            return;
        }
        guard = bits;
        replies.mark(bits);
        refusals.mark(bits);
        ingresses.forEach(ingress -> ingress.guard(former, bits));
    }

    /** Has the peer looked at when its name has had its time. */
    void awaitName(Peer peer) {
        naming.add(peer);
    }

    /** As {@link LoopThread#post}. Any thread. */
    boolean post(Runnable task) {
        return thread.post(task);
    }

    /** As {@link LoopThread#call}. Any other thread. */
    void call(LoopThread.Step step) throws IOException {
        thread.call(step);
    }

    /** Ends every flow and returns when the thread has ended. Any other thread; later calls do nothing. */
    void stop() {
        thread.stop();
    }

    @Override
    public void woken(long nanos) {
        now = nanos;
    }

    @Override
    public void turn() {
        if (!naming.isEmpty()) {
            naming.removeIf(peer -> peer.nameSettled(now));
        }
        if (now - nextSweep >= 0) {
            sweep();
        }
    }

    @Override
    public void end() {
        ingresses.forEach(Ingress::stop);
        replies.close();
    }

    @Override
    public int patience() {
        if (mappings == 0 && replies.open() == 0 && naming.isEmpty()) {
            return -1;
        }
        long until = nextSweep;
        for (var peer : naming) {
            until = Math.min(until, peer.nameDue());
        }
        return Math.clamp(Math.ceilDiv(until - System.nanoTime(), MILLI), 0, Integer.MAX_VALUE);
    }

    private void sweep() {
        nextSweep = now + SWEEP_NANOS;
        for (var ingress : ingresses) {
            ingress.sweep(now);
        }
        ingresses.removeIf(Ingress::isOver);
        replies.sweep(now);
    }
}

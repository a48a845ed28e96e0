// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import sluice.engine.park.Parking;
import sluice.rules.Outbound;

/**
 * Tests the members of groups: all of a group in every interval, some at a time, and one at once when a flow could not get through it. No group
 * waits for another one. A virtual thread for each group, and one for each test under way. Any thread.
 */
final class HealthChecks implements AutoCloseable {
    /** So that many groups, and many machines, do not ask in step. */
    private static final double JITTER = 0.1;
    /** A member is not tested more often than this because flows fail. */
    private static final Duration SHORTEST_BETWEEN_HINTS = Duration.ofSeconds(2);

    private final Parking parking;
    private final Chains chains;
    private final ConcurrentHashMap<GroupState, Thread> rounds = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<MemberHealth, Hinted> hinted = new ConcurrentHashMap<>();
    private volatile boolean closed;

    HealthChecks(Parking parking, Chains chains) {
        this.parking = parking;
        this.chains = chains;
    }

    /** Where members lead at the moment. */
    @FunctionalInterface
    interface Chains {
        /** What a member of a group stands for. */
        Outlets.Resolved resolve(String member, HealthProbe probe);
    }

    /** The last test of a member that a flow was the reason for. */
    private record Hinted(long at, CompletableFuture<Void> test) {
        boolean isPast() {
            return test.isDone() && System.nanoTime() - at > SHORTEST_BETWEEN_HINTS.toNanos();
        }
    }

    /** Begins to test a group's members, now and in every interval, until {@link #stop}. */
    void start(GroupState group) {
        group.probe().ifPresent(probe -> {
            var thread = Thread.ofVirtual()
                    .name("engine-health-" + group.group().name())
                    .unstarted(() -> rounds(group, probe));
            rounds.put(group, thread);
            thread.start();
        });
    }

    private void rounds(GroupState group, Outbound.Probe probe) {
        while (rounds.containsKey(group) && !closed) {
            // All of them: rounds do not pile up where tests take longer than the interval.
            test(group).join();
            long interval = probe.interval().toNanos();
            long spread = (long) (interval * JITTER);
            long pause = interval + ThreadLocalRandom.current().nextLong(-spread, spread + 1);
            long end = System.nanoTime() + pause;
            while (rounds.containsKey(group) && !closed && end - System.nanoTime() > 0) {
                LockSupport.parkNanos(this, end - System.nanoTime());
            }
        }
    }

    /** Ends it; a test that is under way ends by itself and counts no more. */
    void stop(GroupState group) {
        var thread = rounds.remove(group);
        group.members().forEach(hinted::remove);
        LockSupport.unpark(thread);
    }

    /** A flow could not get through the member: finds out whether others could. */
    void hint(GroupState group, String member) {
        if (!rounds.containsKey(group)) {
            return;
        }
        for (var health : group.members()) {
            if (health.name().equals(member)) {
                hinted.compute(
                        health,
                        (key, last) -> last == null || last.isPast()
                                ? new Hinted(System.nanoTime(), start(health, () -> test(group, health)))
                                : last);
            }
        }
    }

    /** Tests all members once; done when all tests are. */
    CompletableFuture<Void> test(GroupState group) {
        return CompletableFuture.allOf(group.members().stream()
                .map(member -> testInTurn(group, member))
                .toArray(CompletableFuture<?>[]::new));
    }

    private CompletableFuture<Void> testInTurn(GroupState group, MemberHealth member) {
        return start(member, () -> {
            group.tests().acquireUninterruptibly();
            try {
                test(group, member);
            } finally {
                group.tests().release();
            }
        });
    }

    private CompletableFuture<Void> start(MemberHealth member, Runnable test) {
        var done = new CompletableFuture<Void>();
        parking.start("engine-health-" + member.name(), () -> {
            try {
                test.run();
            } finally {
                done.complete(null);
            }
        });
        return done;
    }

    private void test(GroupState group, MemberHealth member) {
        if (closed) {
            return;
        }
        try {
            var probe = new HealthProbe(group.probe().orElseThrow(), parking.buffers());
            var resolved = chains.resolve(member.name(), probe);
            @Nullable Chain chain = resolved.chain();
            if (chain == null) {
                member.failed(resolved.refusal());
            } else {
                member.answered(probe.run(chain));
            }
        } catch (DialException e) {
            member.failed(String.valueOf(e.getMessage()));
        } catch (RuntimeException e) {
            member.failed("internal error: " + e);
        }
        group.reconsider();
    }

    @Override
    public void close() {
        closed = true;
        rounds.values().forEach(LockSupport::unpark);
    }
}

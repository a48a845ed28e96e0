// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import sluice.engine.GroupView;
import sluice.rules.Outbound;
import sluice.rules.Outbound.LoadBalance.Strategy;

/** One group: its members' health and which of them flows get. Any thread; choosing for a flow takes no lock. */
final class GroupState {
    private static final int MOST_TESTS_AT_ONCE = 16;

    private final Outbound.Group group;
    private final List<MemberHealth> members;
    private final Semaphore tests = new Semaphore(MOST_TESTS_AT_ONCE);
    private final AtomicInteger turn = new AtomicInteger();
    private volatile String now;
    private volatile List<String> usable;

    /**
     * A group that starts.
     *
     * @param members in the order of the group, new or with what is known of them
     * @param now the member in use, or null for the first one
     */
    GroupState(Outbound.Group group, List<MemberHealth> members, @Nullable String now) {
        this.group = group;
        this.members = List.copyOf(members);
        this.now = now != null && group.outbounds().contains(now)
                ? now
                : group.outbounds().getFirst();
        this.usable = group.outbounds();
        reconsider();
    }

    Outbound.Group group() {
        return group;
    }

    List<MemberHealth> members() {
        return members;
    }

    /** How members are tested; empty where a person chooses. */
    Optional<Outbound.Probe> probe() {
        return switch (group) {
            case Outbound.UrlTest g -> Optional.of(g.probe());
            case Outbound.Fallback g -> Optional.of(g.probe());
            case Outbound.LoadBalance g -> Optional.of(g.probe());
            case Outbound.Select g -> Optional.empty();
        };
    }

    /** One for each member that may be tested at the same time. */
    Semaphore tests() {
        return tests;
    }

    /** The member in use, where it does not depend on the flow. */
    String now() {
        return now;
    }

    /** The member that a flow to this host gets. */
    String pick(String host) {
        if (!(group instanceof Outbound.LoadBalance balance)) {
            return now;
        }
        var candidates = usable;
        return balance.strategy() == Strategy.ROUND_ROBIN
                ? candidates.get(Math.floorMod(turn.getAndIncrement(), candidates.size()))
                : Rendezvous.pick(candidates, host);
    }

    /** Takes the member, as a person wants. */
    void choose(String member) {
        now = member;
    }

    /** Draws the conclusions from the members' health. */
    synchronized void reconsider() {
        switch (group) {
            case Outbound.Select g -> {}
            case Outbound.Fallback g ->
                now = members.stream()
                        .filter(MemberHealth::isAlive)
                        .findFirst()
                        .orElse(members.getFirst())
                        .name();
            case Outbound.UrlTest g -> now = fastest((int) g.tolerance().toMillis());
            case Outbound.LoadBalance g -> {
                var alive = members.stream()
                        .filter(MemberHealth::isAlive)
                        .map(MemberHealth::name)
                        .toList();
                usable = alive.isEmpty() ? g.outbounds() : alive;
            }
        }
    }

    /** The member in use, unless another one is faster by more than the tolerance, or it is dead. */
    private String fastest(int tolerance) {
        MemberHealth current = null;
        MemberHealth best = null;
        int least = Integer.MAX_VALUE;
        for (var member : members) {
            OptionalInt delay = member.delay();
            if (delay.isPresent() && delay.getAsInt() < least) {
                best = member;
                least = delay.getAsInt();
            }
            if (member.name().equals(now)) {
                current = member;
            }
        }
        if (best == null) {
            return current != null && current.isAlive() ? now : firstNotDead();
        }
        boolean stays = current != null
                && current.delay().isPresent()
                && current.delay().getAsInt() - least <= tolerance;
        return stays ? now : best.name();
    }

    private String firstNotDead() {
        return members.stream()
                .filter(MemberHealth::isAlive)
                .map(MemberHealth::name)
                .findFirst()
                .orElse(now);
    }

    GroupView view() {
        var views = new ArrayList<GroupView.Member>();
        members.forEach(member -> views.add(member.view()));
        var type = switch (group) {
            case Outbound.Select g -> "select";
            case Outbound.Fallback g -> "fallback";
            case Outbound.UrlTest g -> "url-test";
            case Outbound.LoadBalance g -> "load-balance";
        };
        return new GroupView(
                group.name(), type, group instanceof Outbound.LoadBalance ? Optional.empty() : Optional.of(now), views);
    }

    /** What is known of the members, by name. */
    Map<String, MemberHealth> byName() {
        var map = new HashMap<String, MemberHealth>();
        members.forEach(member -> map.put(member.name(), member));
        return map;
    }
}

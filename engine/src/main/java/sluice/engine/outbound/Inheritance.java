// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sluice.rules.Outbound;

/** What groups of a new configuration take over from the one before: whatever is known of members that did not change. */
record Inheritance(OutletPlan before, Map<String, Outbound> after) {
    /** The group's state: the very same if nothing of it changed. */
    GroupState state(Outbound.Group group, @Nullable String chosen) {
        GroupState old = before.groups().stream()
                .filter(state -> state.group().name().equals(group.name()))
                .findFirst()
                .orElse(null);
        if (old == null) {
            return new GroupState(group, fresh(group), chosen);
        }
        boolean same = old.group().equals(group) && group.outbounds().stream().allMatch(this::isUnchanged);
        if (same) {
            return old;
        }
        var known = old.byName();
        var members = new ArrayList<MemberHealth>();
        var candidate = new GroupState(group, fresh(group), null);
        boolean sameProbe = old.probe().equals(candidate.probe());
        for (var name : group.outbounds()) {
            var health = known.get(name);
            members.add(health != null && sameProbe && isUnchanged(name) ? health : new MemberHealth(name));
        }
        return new GroupState(group, members, chosen != null ? chosen : old.now());
    }

    private static List<MemberHealth> fresh(Outbound.Group group) {
        return group.outbounds().stream().map(MemberHealth::new).toList();
    }

    private boolean isUnchanged(String name) {
        return reach(name, before.outbounds()).equals(reach(name, after));
    }

    /** Everything that an outbound stands on, itself included. */
    private static Map<String, @Nullable Outbound> reach(String name, Map<String, Outbound> outbounds) {
        var reached = new LinkedHashMap<String, @Nullable Outbound>();
        var pending = new ArrayDeque<>(List.of(name));
        while (!pending.isEmpty()) {
            var at = pending.poll();
            var outbound = outbounds.get(at);
            if (reached.containsKey(at)) {
                continue;
            }
            reached.put(at, outbound);
            if (outbound instanceof Outbound.Group group) {
                pending.addAll(group.outbounds());
            } else if (outbound instanceof Outbound.Dialing dialing) {
                dialing.dial().via().ifPresent(pending::add);
            }
        }
        return reached;
    }
}

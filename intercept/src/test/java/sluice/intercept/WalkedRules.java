// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import static org.assertj.core.api.Assertions.assertThat;
import static sluice.netlink.nftables.RuleBuilder.TCP;
import static sluice.netlink.nftables.RuleBuilder.UDP;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import sluice.cgroup.Cgroup;
import sluice.netlink.nftables.Element;
import sluice.netlink.nftables.Value;
import sluice.rules.Marks;
import sluice.rules.Prefix;
import sluice.rules.PrefixSet;

/** Rules with every kind of verdict in them, two cgroups, one below the other, and the packets that these rules tell apart: what tests walk through. */
final class WalkedRules {
    static final Cgroup PARENT = new Cgroup(1, "/a", 1);
    static final Cgroup CHILD = new Cgroup(2, "/a/b", 2);
    static final Redirection.DnsHijack HIJACK = new Redirection.DnsHijack(
            (Inet4Address) InetAddress.ofLiteral("127.0.0.1"), (Inet6Address) InetAddress.ofLiteral("::1"), 5353, true);
    static final Redirection ALL = server("all", 3000, false, false, null);
    static final Redirection TCP_ONLY = server("tcp-only", 3001, true, false, HIJACK);
    static final Redirection IPV4_ONLY = server("ipv4-only", 3002, false, true, HIJACK);
    static final Redirection ENGINE = Redirection.toEngine("engine", 3003, 3003, false, true);
    static final Redirection ENGINE_TCP = Redirection.toEngine("engine-tcp", 3004, 3004, true, true);
    static final List<Redirection> REDIRECTIONS = List.of(ALL, TCP_ONLY, IPV4_ONLY, ENGINE, ENGINE_TCP);
    static final List<Verdict> VERDICTS = verdicts();
    static final String ROUTE = "near";
    static final String ROUTED = "198.51.100.1";
    static final List<String> DESTINATIONS = List.of("203.0.113.1", "2001:db8::1", "192.168.1.1", "fd00::1", ROUTED);

    static final FlowMarks FLOW_MARKS = FlowMarks.none(Marks.DEFAULT.flowMask()).with(REDIRECTIONS);

    private WalkedRules() {}

    static final Ruleset RULESET = withRoutedAddress(RulesetComposer.compose(
            new Blueprint(
                    new Blueprint.Root(0, 0),
                    PrefixSet.merge(List.of(Prefix.parse("192.168.0.0/16"), Prefix.parse("fd00::/8"))),
                    REDIRECTIONS,
                    Marks.DEFAULT,
                    300,
                    2000,
                    false,
                    new Blueprint.Names(PrefixSet.merge(List.of()), List.of(ROUTE))),
            FLOW_MARKS,
            new Levels(levels(), levels(), levels(), levels(), levels()),
            null));

    static Ruleset withRoutedAddress(Ruleset ruleset) {
        var elements = new HashMap<>(ruleset.elements());
        elements.put(
                NamesComposer.routeSet(ROUTE, true).name(),
                List.of(Element.of(Value.address(InetAddress.ofLiteral(ROUTED)))));
        return new Ruleset(ruleset.table(), ruleset.sets(), elements, ruleset.chains(), ruleset.rules());
    }

    static Redirection server(
            String name, int mark, boolean noUdp, boolean noIpv6, Redirection.@Nullable DnsHijack dns) {
        return new Redirection(name, mark, mark, noUdp, noIpv6, Redirection.WhenDown.DROP, dns);
    }

    static List<Verdict> verdicts() {
        var verdicts = new ArrayList<Verdict>();
        verdicts.add(Verdict.DIRECT);
        REDIRECTIONS.forEach(redirection -> verdicts.add(new Verdict.Redirect(redirection)));
        for (var scope : Verdict.Scope.values()) {
            verdicts.add(new Verdict.Drop(scope));
        }
        return verdicts;
    }

    static Levels.Range levels() {
        return new Levels.Range(1, 2);
    }

    /** What is in force, by set and cgroup. */
    record State(Map<CgroupSet, Map<Long, Integer>> sets) {
        static State of(List<CgroupElement> elements) {
            var state = new State(new HashMap<>());
            elements.forEach(state::add);
            return state;
        }

        void add(CgroupElement element) {
            var before =
                    sets.computeIfAbsent(element.set(), set -> new HashMap<>()).put(element.cgroup(), element.value());
            assertThat(before).as("%s is there already", element).isNull();
        }

        State after(CgroupElements.Step step) {
            var next = new State(new HashMap<>());
            sets.forEach((set, map) -> next.sets.put(set, new HashMap<>(map)));
            for (var element : step.deleted()) {
                var gone = Objects.requireNonNull(next.sets.get(element.set())).remove(element.cgroup());
                assertThat(gone).as("%s is not there", element).isEqualTo(element.value());
            }
            step.added().forEach(next::add);
            return next;
        }

        @Nullable
        Integer get(CgroupSet set, long cgroup) {
            return sets.getOrDefault(set, Map.of()).get(cgroup);
        }

        /** Without sets that nothing is in. */
        State nonEmpty() {
            var state = new State(new HashMap<>(sets));
            state.sets.values().removeIf(Map::isEmpty);
            return state;
        }
    }

    record Policy(@Nullable Verdict parent, @Nullable Verdict child) {
        List<Assignment> assignments() {
            var above = assignment(PARENT, parent, null);
            return List.of(above, assignment(CHILD, child, above));
        }

        private static Assignment assignment(Cgroup cgroup, @Nullable Verdict verdict, @Nullable Assignment above) {
            return new Assignment(
                    cgroup,
                    verdict == null ? null : new Ruling(0, verdict),
                    above != null && above.dropsBelow(),
                    above != null && above.dropsTotallyBelow(),
                    above != null && above.isProxiedBelow());
        }

        String names() {
            return name(parent) + " above " + name(child);
        }

        private static String name(@Nullable Verdict verdict) {
            return verdict instanceof Verdict.Redirect(var to) ? to.name() : String.valueOf(verdict);
        }

        State state() {
            return State.of(assignments().stream()
                    .flatMap(assignment -> CgroupElement.of(assignment, false).stream())
                    .toList());
        }
    }

    static List<Policy> policies() {
        var choices = new ArrayList<@Nullable Verdict>(VERDICTS);
        choices.add(null);
        var policies = new ArrayList<Policy>();
        for (var parent : choices) {
            for (var child : choices) {
                policies.add(new Policy(parent, child));
            }
        }
        return policies;
    }

    /** Every kind of packet that can be the first of a flow, UDP of known flows, and segments of connections that conntrack has lost. */
    static List<RulesetWalk.Packet> packets() {
        var packets = new ArrayList<RulesetWalk.Packet>(firstPackets());
        for (var packet : firstPackets()) {
            if (packet.protocol() == UDP) {
                packets.add(packet.in(new RulesetWalk.Flow(RulesetWalk.Tracked.ESTABLISHED, FLOW_MARKS.direct())));
            } else if (packet.protocol() == TCP) {
                packets.add(packet.later(new RulesetWalk.Flow(RulesetWalk.Tracked.INVALID, 0)));
            }
        }
        return packets;
    }

    static List<RulesetWalk.Packet> firstPackets() {
        var packets = new ArrayList<RulesetWalk.Packet>();
        for (var path : List.of(List.of(PARENT), List.of(PARENT, CHILD))) {
            for (var destination : DESTINATIONS) {
                var address = InetAddress.ofLiteral(destination);
                for (int port : new int[] {53, 443}) {
                    packets.add(new RulesetWalk.Packet(TCP, address, port, path));
                    packets.add(new RulesetWalk.Packet(UDP, address, port, path));
                }
                packets.add(new RulesetWalk.Packet(RulesetWalk.ICMP, address, 0, path));
            }
        }
        return packets;
    }

    static RulesetWalk.Outcome send(RulesetWalk.Packet packet, RulesetWalk.CgroupSets sets) {
        return RulesetWalk.of(packet, RULESET, sets, (protocol, port) -> protocol == TCP || port != TCP_ONLY.port());
    }
}

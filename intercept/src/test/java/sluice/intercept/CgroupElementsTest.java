// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import static org.assertj.core.api.Assertions.assertThat;
import static sluice.netlink.nftables.RuleBuilder.TCP;
import static sluice.netlink.nftables.RuleBuilder.UDP;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import sluice.cgroup.Cgroup;
import sluice.netlink.nftables.Element;
import sluice.netlink.nftables.Value;
import sluice.rules.Marks;
import sluice.rules.Prefix;
import sluice.rules.PrefixSet;
import sluice.testkit.Scale;

/**
 * The first packet of a flow on its way through the rules while a policy follows another: for every pair of policies of a cgroup and its parent, every kind of packet that rules
 * tell apart, and wherever between two looks into the sets one of the transactions comes.
 */
class CgroupElementsTest {
    private static final Cgroup PARENT = new Cgroup(1, "/a", 1);
    private static final Cgroup CHILD = new Cgroup(2, "/a/b", 2);
    private static final Redirection.DnsHijack HIJACK = new Redirection.DnsHijack(
            (Inet4Address) InetAddress.ofLiteral("127.0.0.1"), (Inet6Address) InetAddress.ofLiteral("::1"), 5353, true);
    private static final Redirection ALL = server("all", 3000, false, false, null);
    private static final Redirection TCP_ONLY = server("tcp-only", 3001, true, false, HIJACK);
    private static final Redirection IPV4_ONLY = server("ipv4-only", 3002, false, true, HIJACK);
    private static final Redirection ENGINE = Redirection.toEngine("engine", 3003, 3003, false, true);
    private static final Redirection ENGINE_TCP = Redirection.toEngine("engine-tcp", 3004, 3004, true, true);
    private static final List<Redirection> REDIRECTIONS = List.of(ALL, TCP_ONLY, IPV4_ONLY, ENGINE, ENGINE_TCP);
    private static final List<Verdict> VERDICTS = verdicts();
    private static final String ROUTE = "near";
    private static final String ROUTED = "198.51.100.1";
    private static final List<String> DESTINATIONS =
            List.of("203.0.113.1", "2001:db8::1", "192.168.1.1", "fd00::1", ROUTED);

    private static final List<RulesetWalk.Packet> PACKETS = packets();

    /** What packets meet while nothing changes. */
    private final Map<Policy, Map<RulesetWalk.Packet, RulesetWalk.Outcome>> settled = new HashMap<>();

    private final Ruleset ruleset = withRoutedAddress(RulesetComposer.compose(
            new Blueprint(
                    new Blueprint.Root(0, 0),
                    PrefixSet.merge(List.of(Prefix.parse("192.168.0.0/16"), Prefix.parse("fd00::/8"))),
                    REDIRECTIONS,
                    Marks.DEFAULT,
                    300,
                    2000,
                    false,
                    new Blueprint.Names(PrefixSet.merge(List.of()), List.of(ROUTE))),
            FlowMarks.none(Marks.DEFAULT.flowMask()).with(REDIRECTIONS),
            new Levels(levels(), levels(), levels(), levels(), levels()),
            false));

    private static Ruleset withRoutedAddress(Ruleset ruleset) {
        var elements = new HashMap<>(ruleset.elements());
        elements.put(
                NamesComposer.routeSet(ROUTE, true).name(),
                List.of(Element.of(Value.address(InetAddress.ofLiteral(ROUTED)))));
        return new Ruleset(ruleset.table(), ruleset.sets(), elements, ruleset.chains(), ruleset.rules());
    }

    private static Redirection server(
            String name, int mark, boolean noUdp, boolean noIpv6, Redirection.@Nullable DnsHijack dns) {
        return new Redirection(name, mark, mark, noUdp, noIpv6, Redirection.WhenDown.DROP, dns);
    }

    private static List<Verdict> verdicts() {
        var verdicts = new ArrayList<Verdict>();
        verdicts.add(Verdict.DIRECT);
        REDIRECTIONS.forEach(redirection -> verdicts.add(new Verdict.Redirect(redirection)));
        for (var scope : Verdict.Scope.values()) {
            verdicts.add(new Verdict.Drop(scope));
        }
        return verdicts;
    }

    private static Levels.Range levels() {
        return new Levels.Range(1, 2);
    }

    /** What is in force, by set and cgroup. */
    private record State(Map<CgroupSet, Map<Long, Integer>> sets) {
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

    /** What a packet finds that looks into one state first and into the next one from some look on. */
    private static final class Looks implements RulesetWalk.CgroupSets {
        private final State first;
        private final State then;
        private final int change;
        private final List<Integer> different = new ArrayList<>();
        private int looks;

        Looks(State first, State then, int change) {
            this.first = first;
            this.then = then;
            this.change = change;
        }

        @Override
        public @Nullable Integer ask(CgroupSet set, long cgroup) {
            var before = first.get(set, cgroup);
            var after = then.get(set, cgroup);
            if (!Objects.equals(before, after)) {
                different.add(looks);
            }
            return looks++ < change ? before : after;
        }
    }

    private record Policy(
            @Nullable Verdict parent, @Nullable Verdict child) {
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

        State state() {
            return State.of(assignments().stream()
                    .flatMap(assignment -> CgroupElement.of(assignment, false).stream())
                    .toList());
        }
    }

    private static List<Policy> policies() {
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

    private static List<RulesetWalk.Packet> packets() {
        var packets = new ArrayList<RulesetWalk.Packet>();
        for (var path : List.of(List.of(PARENT), List.of(PARENT, CHILD))) {
            for (var destination : DESTINATIONS) {
                for (int protocol : new int[] {TCP, UDP}) {
                    for (int port : new int[] {53, 443}) {
                        packets.add(new RulesetWalk.Packet(protocol, InetAddress.ofLiteral(destination), port, path));
                    }
                }
            }
        }
        return packets;
    }

    private Collection<CgroupElements.Step> steps(Policy from, Policy to) {
        var changes = new ArrayList<Change>();
        for (int i = 0; i < 2; i++) {
            var before = from.assignments().get(i);
            var after = to.assignments().get(i);
            if (!before.equals(after)) {
                changes.add(new Change(before, after));
            }
        }
        return CgroupElements.steps(changes, false, ruleset, ruleset);
    }

    private RulesetWalk.Outcome send(RulesetWalk.Packet packet, RulesetWalk.CgroupSets sets) {
        return RulesetWalk.of(packet, ruleset, sets, (protocol, port) -> protocol == TCP || port != TCP_ONLY.port());
    }

    @Test
    void eachPacketMeetsTheOldVerdictOrTheNewOne() {
        var wrong = new ArrayList<String>();
        var pairs = new ArrayList<List<Policy>>();
        for (var from : policies()) {
            for (var to : policies()) {
                pairs.add(List.of(from, to));
            }
        }
        Collections.shuffle(pairs, new Random(4));
        for (var pair : pairs.subList(0, Scale.of(1_500, pairs.size()))) {
            check(pair.getFirst(), pair.getLast(), wrong);
        }
        assertThat(wrong).isEmpty();
    }

    private void check(Policy from, Policy to, List<String> wrong) {
        var state = from.state();
        for (var step : steps(from, to)) {
            var next = state.after(step);
            for (var packet : PACKETS) {
                var right = List.of(outcome(packet, from), outcome(packet, to));
                for (var met : outcomes(packet, state, next)) {
                    if (!right.contains(met)) {
                        wrong.add("%s to %s: %s has %s, none of %s".formatted(from, to, packet, met, right));
                    }
                }
            }
            state = next;
        }
        assertThat(state.nonEmpty())
                .as("%s to %s", from, to)
                .isEqualTo(to.state().nonEmpty());
    }

    private RulesetWalk.Outcome outcome(RulesetWalk.Packet packet, Policy policy) {
        return settled.computeIfAbsent(policy, key -> new HashMap<>())
                .computeIfAbsent(packet, key -> send(packet, policy.state()::get));
    }

    /** All that a packet can meet, by when one state follows the other. */
    private Set<RulesetWalk.Outcome> outcomes(RulesetWalk.Packet packet, State state, State next) {
        var outcomes = new LinkedHashSet<RulesetWalk.Outcome>();
        var before = new Looks(state, next, Integer.MAX_VALUE);
        outcomes.add(send(packet, before));
        for (int change : before.different) {
            outcomes.add(send(packet, new Looks(state, next, change)));
        }
        return outcomes;
    }
}

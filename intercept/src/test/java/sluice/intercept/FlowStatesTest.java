// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import static org.assertj.core.api.Assertions.assertThat;
import static sluice.intercept.WalkedRules.FLOW_MARKS;
import static sluice.intercept.WalkedRules.RULESET;
import static sluice.netlink.nftables.RuleBuilder.TCP;
import static sluice.netlink.nftables.RuleBuilder.UDP;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import sluice.intercept.RulesetWalk.End;
import sluice.intercept.RulesetWalk.Flow;
import sluice.intercept.RulesetWalk.Marks;
import sluice.intercept.RulesetWalk.Neighbour;
import sluice.intercept.RulesetWalk.Outcome;
import sluice.intercept.RulesetWalk.Packet;
import sluice.intercept.RulesetWalk.Tracked;
import sluice.intercept.WalkedRules.Policy;
import sluice.netlink.nftables.Element;
import sluice.netlink.nftables.Value;

/**
 * Every kind of packet on its way through the rules, whatever conntrack knows of its flow and whatever verdict an earlier socket left there; for every pair of verdicts of a cgroup
 * and its parent.
 */
class FlowStatesTest {
    private static final int DNS = 53;
    private static final int REVERSED = FLOW_MARKS.reversed();
    private static final List<Integer> VERDICTS = Stream.of(
                    Stream.of(0, FLOW_MARKS.direct()),
                    FLOW_MARKS.redirected().values().stream(),
                    FLOW_MARKS.hijacked().values().stream())
            .flatMap(values -> values)
            .toList();

    private final List<String> wrong = new ArrayList<>();

    /** How a packet ends, without what its flow remembers. */
    private record Way(End end, int mark) {
        static Way of(Outcome outcome) {
            return new Way(outcome.end(), outcome.mark());
        }
    }

    private static Way walk(Packet packet, Policy policy) {
        return Way.of(WalkedRules.send(packet, policy.state()::get));
    }

    private void expect(Way right, Packet packet, Policy policy) {
        var met = walk(packet, policy);
        if (!met.equals(right)) {
            wrong(policy, packet, met, right);
        }
    }

    private void wrong(Policy policy, Packet packet, Record met, Way right) {
        if (wrong.size() < 20) {
            wrong.add("%s: %s has %s instead of %s".formatted(policy.names(), packet, met, right));
        }
    }

    private static List<Flow> flows(Tracked... states) {
        return Stream.of(states)
                .flatMap(state -> VERDICTS.stream().map(verdict -> new Flow(state, verdict)))
                .toList();
    }

    private interface Check {
        void of(Packet first, Way way, Policy policy);
    }

    private void forEach(int protocol, Check check) {
        for (var policy : WalkedRules.policies()) {
            for (var packet : WalkedRules.firstPackets()) {
                if (packet.protocol() == protocol) {
                    check.of(packet, walk(packet, policy), policy);
                }
            }
        }
        assertThat(wrong).isEmpty();
    }

    @Test
    void aDatagramGoesWhereItsCgroupGoesWhateverAnEarlierSocketLeft() {
        forEach(UDP, (first, way, policy) -> {
            for (var flow : flows(Tracked.NEW, Tracked.ESTABLISHED)) {
                if (first.port() == DNS || !isTranslated(flow)) {
                    // Address translation cannot follow: it belongs to the flow.
                    boolean lost = translated(first, policy) != isTranslated(flow) && way.end == End.ACCEPTED;
                    expect(lost ? new Way(End.LOST, 0) : way, first.in(flow), policy);
                }
            }
            for (int verdict : VERDICTS) {
                if (!translated(first, policy) && !isTranslated(new Flow(Tracked.REPLY, verdict))) {
                    expect(way, first.in(new Flow(Tracked.REPLY, verdict | REVERSED)), policy);
                }
            }
        });
    }

    /** Scripts for several uplinks keep the number of one in the whole connection mark. */
    @Test
    void aFlowWhoseConnectionMarkOthersUseGoesTheSameWayAndIfThatIsDirectItsMarkStaysAsItIs() {
        int uplink = 2;
        for (int protocol : new int[] {TCP, UDP}) {
            forEach(protocol, (first, way, policy) -> {
                var packet = first.in(new Flow(Tracked.NONE, uplink));
                expect(way, packet, policy);
                var outcome = WalkedRules.send(packet, policy.state()::get);
                boolean direct = way.equals(new Way(End.ACCEPTED, 0)) && !translated(first, policy);
                if (direct && outcome.flowMark() != uplink) {
                    wrong(policy, packet, outcome, way);
                }
            });
        }
    }

    private static boolean isTranslated(Flow flow) {
        return FLOW_MARKS.hijacked().containsValue(flow.mark());
    }

    @Test
    void aDatagramThatConntrackCannotFollowGoesWhereItsCgroupGoes() {
        forEach(UDP, (first, way, policy) -> {
            for (var state : List.of(Tracked.INVALID, Tracked.UNTRACKED)) {
                expect(translated(first, policy) ? new Way(End.STOPPED, 0) : way, first.in(new Flow(state, 0)), policy);
            }
        });
    }

    /** Whether the packet begins a flow to another name server, which takes address translation and thus conntrack. */
    private static boolean translated(Packet first, Policy policy) {
        int mark = WalkedRules.send(first, policy.state()::get).flowMark() & FLOW_MARKS.verdicts();
        return FLOW_MARKS.hijacked().containsValue(mark);
    }

    @Test
    void answersOfServersLeaveUntouched() {
        for (int protocol : new int[] {UDP, RulesetWalk.ICMP}) {
            forEach(
                    protocol,
                    (first, way, policy) ->
                            expect(new Way(End.ACCEPTED, 0), first.later(new Flow(Tracked.REPLY, 0)), policy));
        }
        var served = with(OlderFlows.SERVED, Value.port(RulesetWalk.SOURCE_PORT));
        forEach(TCP, (first, way, policy) -> {
            var answer = first.later(new Flow(Tracked.REPLY, 0));
            var met = Way.of(RulesetWalk.of(answer, served, policy.state()::get, (protocol, port) -> true));
            if (!met.equals(new Way(End.ACCEPTED, 0))) {
                wrong(policy, answer, met, new Way(End.ACCEPTED, 0));
            }
        });
    }

    @Test
    void aSegmentOfAConnectionThatConntrackMetInTheMiddleWithTheServerFirstGoesWhereItsCgroupGoes() {
        forEach(TCP, (first, way, policy) -> {
            var packet = first.later(new Flow(Tracked.REPLY, 0));
            // Address translation cannot begin in the middle.
            expect(translated(first, policy) ? new Way(End.STOPPED, 0) : way, packet, policy);
        });
    }

    @Test
    void aConnectionKeepsItsVerdictAndEndsWithADrop() {
        var marks = new HashMap<Integer, Integer>();
        FLOW_MARKS.redirected().forEach((name, verdict) -> marks.put(verdict, markOf(name)));
        forEach(TCP, (first, way, policy) -> {
            for (var flow : flows(Tracked.NEW, Tracked.ESTABLISHED)) {
                var kept = new Way(End.ACCEPTED, marks.getOrDefault(flow.mark(), 0));
                if (flow.mark() != 0) {
                    expect(way.end == End.STOPPED ? way : kept, first.later(flow), policy);
                }
            }
            for (int verdict : FLOW_MARKS.redirected().values()) {
                var kept = new Way(End.ACCEPTED, marks.getOrDefault(verdict, 0));
                var flow = new Flow(Tracked.REPLY, verdict | REVERSED);
                expect(way.end == End.STOPPED ? way : kept, first.later(flow), policy);
            }
        });
    }

    private static int markOf(String name) {
        return WalkedRules.REDIRECTIONS.stream()
                .filter(redirection -> redirection.name().equals(name))
                .findFirst()
                .orElseThrow()
                .mark();
    }

    @Test
    void aSegmentWhoseConnectionConntrackHasLostGoesWhereItsCgroupGoes() {
        forEach(TCP, (first, way, policy) -> {
            for (var state : List.of(Tracked.NONE, Tracked.NEW, Tracked.ESTABLISHED)) {
                expect(way, first.later(new Flow(state, 0)), policy);
            }
            for (var state : List.of(Tracked.INVALID, Tracked.UNTRACKED)) {
                expect(
                        translated(first, policy) ? new Way(End.STOPPED, 0) : way,
                        first.later(new Flow(state, 0)),
                        policy);
            }
        });
    }

    @Test
    void aSegmentInAReversedFlowWithoutAVerdictIsLedToLo() {
        forEach(TCP, (first, way, policy) -> {
            var met = walk(first.later(new Flow(Tracked.REPLY, REVERSED)), policy);
            if (way.end != End.STOPPED && (met.end != End.ACCEPTED || met.mark == 0)) {
                wrong(policy, first, met, way);
            }
        });
    }

    @Test
    void segmentsOfServersAndOfOlderConnectionsStayDirect() {
        var port = Value.port(RulesetWalk.SOURCE_PORT);
        for (boolean server : new boolean[] {true, false}) {
            forEach(TCP, (first, way, policy) -> {
                var older = Value.concatenation(Value.address(first.destination()), Value.port(first.port()), port);
                var set = first.family() == sluice.netlink.nftables.Family.IPV4 ? OlderFlows.OLDER4 : OlderFlows.OLDER6;
                var ruleset = server ? with(OlderFlows.SERVED, port) : with(set, older);
                for (var state : List.of(Tracked.NONE, Tracked.INVALID, Tracked.UNTRACKED)) {
                    var met = Way.of(RulesetWalk.of(
                            first.later(new Flow(state, 0)), ruleset, policy.state()::get, (protocol, at) -> true));
                    if (way.end != End.STOPPED && !met.equals(new Way(End.ACCEPTED, 0))) {
                        wrong(policy, first, met, way);
                    }
                }
            });
        }
    }

    private static Ruleset with(sluice.netlink.nftables.NftSet set, Value key) {
        var elements = new HashMap<>(RULESET.elements());
        elements.put(set.name(), List.of(Element.of(key)));
        return new Ruleset(RULESET.table(), RULESET.sets(), elements, RULESET.chains(), RULESET.rules());
    }

    private static Way beside(Neighbour neighbour, Packet packet, Policy policy) {
        return Way.of(RulesetWalk.of(
                packet,
                RULESET,
                policy.state()::get,
                (protocol, port) -> protocol == TCP || port != WalkedRules.TCP_ONLY.port(),
                neighbour));
    }

    /** What rules of others make of the marks: one of them, both, some bits, or the one of the other. */
    private static final List<UnaryOperator<Marks>> OVERWRITTEN = List.of(
            marks -> new Marks(0, marks.flow()),
            marks -> new Marks(marks.packet(), 0),
            marks -> new Marks(0, 0),
            marks -> new Marks(0x6d6f6c65, 0xf41),
            marks -> new Marks(marks.flow() & 0xff0000, marks.flow()),
            marks -> new Marks(marks.flow(), marks.flow()),
            marks -> new Marks(marks.packet(), marks.packet()),
            marks -> new Marks(marks.packet() | 0x8000, marks.flow()));

    @Test
    void rulesOfOthersThatOverwriteMarksOnOutputChangeNothing() {
        for (int protocol : new int[] {TCP, UDP}) {
            forEach(protocol, (first, way, policy) -> {
                for (var overwrite : OVERWRITTEN) {
                    var met = beside(new Neighbour(overwrite, marks -> marks), first, policy);
                    boolean direct = way.end == End.ACCEPTED && way.mark == 0;
                    boolean right = translated(first, policy)
                            ? met.end == End.LOST || met.end == End.ACCEPTED
                            : direct ? met.end == End.ACCEPTED : met.equals(way);
                    if (!right) {
                        wrong(policy, first, met, way);
                    }
                }
            });
        }
    }

    @Test
    void whereRulesOfOthersOverwriteOneMarkOnPreroutingPacketsArriveAndWhereBothTheyAreDropped() {
        for (int protocol : new int[] {TCP, UDP}) {
            forEach(protocol, (first, way, policy) -> {
                for (var overwrite : OVERWRITTEN) {
                    var met = beside(new Neighbour(marks -> marks, overwrite), first, policy);
                    boolean bothLost = OVERWRITTEN.indexOf(overwrite) == 2 || OVERWRITTEN.indexOf(overwrite) == 3;
                    boolean redirected = way.end == End.ACCEPTED && way.mark != 0;
                    if (!met.equals(redirected && bothLost ? new Way(End.LOST, 0) : way)) {
                        wrong(policy, first, met, way);
                    }
                }
            });
        }
    }
}

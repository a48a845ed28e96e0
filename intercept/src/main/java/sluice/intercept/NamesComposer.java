// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import static sluice.netlink.nftables.RuleBuilder.TCP;
import static sluice.netlink.nftables.RuleBuilder.UDP;
import static sluice.netlink.nftables.Verdict.ACCEPT;
import static sluice.netlink.nftables.Verdict.RETURN;

import java.util.Objects;
import sluice.netlink.nftables.Chain;
import sluice.netlink.nftables.DataType;
import sluice.netlink.nftables.NftSet;
import sluice.netlink.nftables.Rule;
import sluice.netlink.nftables.RuleBuilder;

/**
 * Writes what the {@link Ruleset} does for names: captures DNS, refuses fake IPs, and lets the addresses of some routes' names go
 * straight out. Nothing, where the blueprint asks for nothing.
 */
final class NamesComposer {
    static final NftSet FAKE4 =
            RulesetComposer.TABLE.set("fake4", DataType.IPV4_ADDRESS).withFlags(NftSet.INTERVAL);
    static final NftSet FAKE6 =
            RulesetComposer.TABLE.set("fake6", DataType.IPV6_ADDRESS).withFlags(NftSet.INTERVAL);

    private static final int DNS = 53;
    private static final Chain CAPTURE_DNS = RulesetComposer.TABLE.chain("capture_dns");
    private static final Chain CAPTURED = RulesetComposer.TABLE.chain("captured");
    private static final Chain ROUTED = RulesetComposer.TABLE.chain("routed");
    private static final Chain LEAVE = RulesetComposer.TABLE.chain("leave");

    private final Blueprint blueprint;
    private final FlowMarks flowMarks;
    private final Levels levels;
    private final RulesetDraft draft;

    NamesComposer(Blueprint blueprint, FlowMarks flowMarks, Levels levels, RulesetDraft draft) {
        this.blueprint = blueprint;
        this.flowMarks = flowMarks;
        this.levels = levels;
        this.draft = draft;
    }

    /** The set of a route's addresses. */
    static NftSet routeSet(String route, boolean ipv4) {
        return (ipv4
                        ? RulesetComposer.TABLE.set("route_" + route + "4", DataType.IPV4_ADDRESS)
                        : RulesetComposer.TABLE.set("route_" + route + "6", DataType.IPV6_ADDRESS))
                .withFlags(NftSet.TIMEOUT);
    }

    void declareSets() {
        if (hasFakes()) {
            draft.declareIntervals(FAKE4, blueprint.names().fakes().ipv4());
            draft.declareIntervals(FAKE6, blueprint.names().fakes().ipv6());
        }
        for (var route : blueprint.names().routes()) {
            draft.declare(routeSet(route, true));
            draft.declare(routeSet(route, false));
        }
    }

    boolean hasFakes() {
        var fakes = blueprint.names().fakes();
        return !fakes.ipv4().isEmpty() || !fakes.ipv6().isEmpty();
    }

    /** Whether some addresses of proxied cgroups go straight out. */
    boolean hasRoutes() {
        return !blueprint.names().routes().isEmpty() && !levels.proxied().isEmpty();
    }

    /** The chain by which everything goes straight out that is not told apart by its destination before. */
    void leave() {
        if (hasFakes()) {
            draft.open(LEAVE);
            draft.add(Rule.in(LEAVE).destination(FAKE4).goTo(DropsComposer.REFUSE));
            draft.add(Rule.in(LEAVE).destination(FAKE6).goTo(DropsComposer.REFUSE));
            draft.add(Rule.in(LEAVE).verdict(ACCEPT));
        }
    }

    /** Ends a rule for what goes straight out. */
    RuleBuilder leaving(RuleBuilder rule) {
        return hasFakes() ? rule.goTo(LEAVE) : rule.verdict(RETURN);
    }

    /** New flows of proxied cgroups to a route's address; others return. */
    void routed() {
        if (!hasRoutes()) {
            return;
        }
        draft.open(ROUTED);
        // Who comes here with a query is not proxied, or was not when chain capture_dns looked.
        draft.add(Rule.in(ROUTED).l4proto(TCP, UDP).destinationPort(DNS).verdict(RETURN));
        RulesetComposer.deepestFirst(levels.proxied(), level -> {
            unproxied(ROUTED, level);
            draft.add(
                    Rule.in(ROUTED).cgroup(level, CgroupSet.PROXIED.definition).goTo(FlowsComposer.KEEP_DIRECT));
        });
    }

    /** Asks {@link #ROUTED}, ahead of a chain's other rules. */
    void askRoutes(Chain chain) {
        if (draft.isOpen(ROUTED)) {
            for (var route : blueprint.names().routes()) {
                draft.add(Rule.in(chain).destination(routeSet(route, true)).jump(ROUTED));
                draft.add(Rule.in(chain).destination(routeSet(route, false)).jump(ROUTED));
            }
        }
    }

    /**
     * What is sent to port 53. Each datagram is looked at anew, also of a socket that is older than the table or whose earlier queries went
     * elsewhere: a query knows nothing of the one before.
     *
     * @param hold the chain where cgroups that are not classified yet wait, if they do; then the first proxied one has to wait as well
     */
    void captureDns(Chain hold) {
        if (levels.proxied().isEmpty() && !(draft.isOpen(hold) && captures())) {
            return;
        }
        captured();
        draft.open(CAPTURE_DNS);
        draft.add(Rule.in(CAPTURE_DNS)
                .l4proto(TCP)
                .ctMarkNot(flowMarks.mask(), 0)
                .verdict(RETURN)
                .comment("the connection has a verdict"));
        OlderFlows.rules(CAPTURE_DNS, rule -> rule.verdict(RETURN)).forEach(draft::add);
        if (draft.isOpen(hold)) {
            draft.add(Rule.in(CAPTURE_DNS).jump(hold));
        }
        RulesetComposer.deepestFirst(levels.proxied(), level -> {
            unproxied(CAPTURE_DNS, level);
            draft.add(Rule.in(CAPTURE_DNS)
                    .setMarkByCgroup(level, CgroupSet.DNS.definition)
                    .goTo(CAPTURED));
        });
    }

    private boolean captures() {
        return blueprint.redirections().stream().anyMatch(Redirection::capturesDns);
    }

    private void unproxied(Chain chain, int level) {
        draft.add(Rule.in(chain).cgroup(level, CgroupSet.UNPROXIED.definition).verdict(RETURN));
    }

    /** Accepts, because what returns would meet the bypass. */
    private void captured() {
        draft.open(CAPTURED);
        draft.add(OlderFlows.reverse(CAPTURED, flowMarks));
        for (var redirection : blueprint.redirections()) {
            if (redirection.capturesDns()) {
                int value = Objects.requireNonNull(flowMarks.redirected().get(redirection.name()));
                draft.add(Rule.in(CAPTURED).mark(redirection.mark()).setCtMark(flowMarks.verdicts(), value));
            }
        }
        draft.add(Rule.in(CAPTURED).verdict(ACCEPT));
    }

    /** Asks {@link #CAPTURE_DNS} about everything that is sent to port 53. */
    void askCapture(Chain chain) {
        if (draft.isOpen(CAPTURE_DNS)) {
            draft.add(Rule.in(chain).l4proto(TCP, UDP).destinationPort(DNS).jump(CAPTURE_DNS));
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import static sluice.netlink.nftables.RuleBuilder.ACK;
import static sluice.netlink.nftables.RuleBuilder.FIN;
import static sluice.netlink.nftables.RuleBuilder.RST;
import static sluice.netlink.nftables.RuleBuilder.SYN;
import static sluice.netlink.nftables.RuleBuilder.TCP;
import static sluice.netlink.nftables.RuleBuilder.UDP;
import static sluice.netlink.nftables.Verdict.ACCEPT;
import static sluice.netlink.nftables.Verdict.DROP;
import static sluice.netlink.nftables.Verdict.RETURN;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import sluice.netlink.nftables.BaseChain;
import sluice.netlink.nftables.Chain;
import sluice.netlink.nftables.Ct;
import sluice.netlink.nftables.DataType;
import sluice.netlink.nftables.Element;
import sluice.netlink.nftables.Hook;
import sluice.netlink.nftables.NftSet;
import sluice.netlink.nftables.Reject;
import sluice.netlink.nftables.Rule;
import sluice.netlink.nftables.RuleBuilder;
import sluice.netlink.nftables.Value;

/** Writes the part of the {@link Ruleset} by which a flow keeps the verdict of its first packet, in its conntrack mark. */
final class FlowsComposer {
    /** Accepts TCP flows that have a verdict, of which redirected ones get their packet mark again; others return. */
    static final Chain KEPT = RulesetComposer.TABLE.chain("kept");

    /** From now on the flow goes straight out. */
    static final Chain KEEP_DIRECT = RulesetComposer.TABLE.chain("keep_direct");

    /** From now on the flow goes where the packet's mark leads. */
    static final Chain REDIRECTED = RulesetComposer.TABLE.chain("redirected");

    private static final Chain BYPASSED = RulesetComposer.TABLE.chain("bypassed");
    private static final Chain OLDER = RulesetComposer.TABLE.chain("older");

    /** The verdicts of redirected flows, and the packet marks that lead to their servers. */
    static final NftSet MARKS = RulesetComposer.TABLE.map("flow_marks", DataType.MARK, DataType.MARK);

    private static final int DESTINATION_NAT = -100;
    private static final int DNS = 53;
    private static final Chain OUTPUT_NAT = RulesetComposer.TABLE.baseChain(
            "output-nat", new BaseChain(BaseChain.Type.NAT, Hook.OUTPUT, DESTINATION_NAT, ACCEPT));

    private final List<Redirection> redirections;
    private final FlowMarks marks;
    private final NamesComposer names;
    private final RulesetDraft draft;

    FlowsComposer(List<Redirection> redirections, FlowMarks marks, NamesComposer names, RulesetDraft draft) {
        this.redirections = redirections;
        this.marks = marks;
        this.names = names;
        this.draft = draft;
    }

    void declareSets() {
        if (!redirections.isEmpty()) {
            draft.declare(MARKS, elements());
            OlderFlows.SETS.forEach(draft::declare);
        }
    }

    private List<Element> elements() {
        var flows = new ArrayList<Element>();
        for (var redirection : redirections) {
            flows.add(Element.of(Value.mark(value(redirection)), Value.mark(redirection.mark()))
                    .withFittingComment(redirection.name()));
            var hijacked = marks.hijacked().get(redirection.name());
            if (hijacked != null) {
                flows.add(Element.of(Value.mark(hijacked), Value.mark(0))
                        .withFittingComment(redirection.name() + ", DNS"));
            }
        }
        return flows;
    }

    private int value(Redirection redirection) {
        return Objects.requireNonNull(marks.redirected().get(redirection.name()));
    }

    /** The chains. */
    void chains() {
        kept();
        draft.open(KEEP_DIRECT);
        // A flow whose connection mark others use gets no verdict in it: scripts for several uplinks save and restore
        // the whole mark, and would find another one than theirs.
        draft.add(Rule.in(KEEP_DIRECT)
                .ctMarkNotIn(marks.verdicts(), 0, marks.direct())
                .setCtMark(marks.verdicts(), 0));
        draft.add(Rule.in(KEEP_DIRECT).ctMark(~marks.mask(), 0).setCtMark(marks.verdicts(), marks.direct()));
        draft.add(leaving(Rule.in(KEEP_DIRECT)));
        if (!redirections.isEmpty()) {
            bypassed();
            older();
            draft.open(REDIRECTED);
            OlderFlows.forget(REDIRECTED).forEach(draft::add);
            draft.add(OlderFlows.reverse(REDIRECTED, marks));
            redirections.forEach(this::redirected);
        }
    }

    private void kept() {
        draft.open(KEPT);
        draft.add(leaving(Rule.in(KEPT).ctMark(marks.verdicts(), marks.direct())));
        if (!redirections.isEmpty()) {
            draft.add(Rule.in(KEPT).setMarkByCtMark(marks.verdicts(), MARKS).verdict(ACCEPT));
            // Wherever it is led to on lo, it finds the server's socket, or a listener that resets it.
            draft.add(Rule.in(KEPT)
                    .ctMark(marks.mask(), marks.reversed())
                    .setMark(redirections.getFirst().mark())
                    .verdict(ACCEPT));
        }
    }

    /** As {@link NamesComposer#leaving}, for chains that others jump to. */
    private RuleBuilder leaving(RuleBuilder rule) {
        return names.hasFakes() ? names.leaving(rule) : rule.verdict(ACCEPT);
    }

    /** A connection to a destination in bypass keeps its verdict, or gets one, so that it goes on when the bypass has changed. */
    private void bypassed() {
        draft.open(BYPASSED);
        draft.add(Rule.in(BYPASSED).l4proto(TCP).jump(KEPT));
        draft.add(Rule.in(BYPASSED).l4proto(TCP).goTo(KEEP_DIRECT));
        draft.add(Rule.in(BYPASSED).ctMarkNot(marks.verdicts(), 0).goTo(KEEP_DIRECT));
    }

    private void older() {
        draft.open(OLDER);
        OlderFlows.rules(OLDER, rule -> rule.goTo(KEEP_DIRECT)).forEach(draft::add);
        // What the kernel answers to a segment that finds no socket (RFC 9293, 3.10.7.1), or one in TIME_WAIT, has no
        // socket
        // with a cgroup. Nothing tells whether that segment came from a server here.
        draft.add(Rule.in(OLDER).tcpFlags(FIN | SYN | RST | ACK, RST).verdict(DROP));
        draft.add(OlderFlows.segment(OLDER).socketBound().verdict(RETURN));
        draft.add(OlderFlows.segment(OLDER).verdict(DROP).comment("of no socket"));
    }

    private static RuleBuilder query(Redirection redirection) {
        return Rule.in(REDIRECTED).mark(redirection.mark()).l4proto(TCP, UDP).destinationPort(DNS);
    }

    private void redirected(Redirection redirection) {
        if (redirection.isEngine()) {
            // A proxy would look for these addresses elsewhere: 127.0.0.1 is the proxy's own machine there.
            draft.add(Rule.in(REDIRECTED)
                    .mark(redirection.mark())
                    .destinationLocal()
                    .setMarkBySocket()
                    .goTo(KEEP_DIRECT));
        }
        var hijacked = marks.hijacked().get(redirection.name());
        if (hijacked != null) {
            // Address translation needs conntrack, and the flow's first packet.
            draft.add(query(redirection)
                    .ctState(Ct.STATE_INVALID | Ct.STATE_UNTRACKED)
                    .verdict(DROP));
            draft.add(query(redirection).ctReply().verdict(DROP));
            HijackedDns.forEach(
                    redirection,
                    (family, protocol, server) -> draft.add(Rule.in(REDIRECTED)
                            .mark(redirection.mark())
                            .nfproto(family)
                            .l4proto(protocol)
                            .destinationPort(DNS)
                            .setCtMark(marks.verdicts(), hijacked)
                            .setMark(0)
                            .verdict(RETURN)));
        }
        if (redirection.refusesUdp()) {
            // Here and not on lo, from where the kernel finds no route for an error over IPv4 in the name of a
            // foreign address.
            draft.add(Rule.in(REDIRECTED)
                    .mark(redirection.mark())
                    .l4proto(UDP)
                    .setMark(0)
                    .rejectIcmpx(Reject.ICMPX_PORT_UNREACHABLE));
        }
        draft.add(Rule.in(REDIRECTED)
                .mark(redirection.mark())
                .setCtMark(marks.verdicts(), value(redirection))
                .verdict(RETURN));
    }

    /** Where a hijacked flow is turned to its server: a marked packet would be routed to lo even after DNAT. */
    void hijackDns() {
        if (marks.hijacked().isEmpty()) {
            return;
        }
        draft.open(OUTPUT_NAT);
        for (var redirection : redirections) {
            var hijacked = marks.hijacked().get(redirection.name());
            if (hijacked != null) {
                HijackedDns.forEach(
                        redirection,
                        (family, protocol, server) -> draft.add(Rule.in(OUTPUT_NAT)
                                .ctMark(marks.verdicts(), hijacked)
                                .nfproto(family)
                                .l4proto(protocol)
                                .dnat(server)));
            }
        }
    }

    /** What a destination in bypass leads to. */
    RuleBuilder bypassing(RuleBuilder rule) {
        return draft.isOpen(BYPASSED) ? rule.goTo(BYPASSED) : rule.verdict(RETURN);
    }

    /**
     * TCP that has a verdict keeps it, whatever its cgroup is by now. UDP does not: its port may belong to another socket by now, of
     * which conntrack knows nothing.
     */
    void askKept(Chain chain) {
        draft.add(Rule.in(chain).l4proto(TCP).ctMarkNot(marks.mask(), 0).jump(KEPT));
        if (draft.isOpen(OLDER)) {
            draft.add(OlderFlows.segment(chain).jump(OLDER));
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import static sluice.netlink.nftables.RuleBuilder.TCP;
import static sluice.netlink.nftables.RuleBuilder.UDP;
import static sluice.netlink.nftables.Verdict.ACCEPT;
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
    /** Accepts flows that have a verdict, of which redirected ones get their packet mark again; others return. */
    static final Chain KEPT = RulesetComposer.TABLE.chain("kept");

    /** From now on the flow goes straight out. */
    static final Chain KEEP_DIRECT = RulesetComposer.TABLE.chain("keep_direct");

    /** From now on the flow goes where the packet's mark leads. */
    static final Chain REDIRECTED = RulesetComposer.TABLE.chain("redirected");

    private static final NftSet MARKS = RulesetComposer.TABLE.map("flow_marks", DataType.MARK, DataType.MARK);
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
        var keep = Rule.in(KEEP_DIRECT).setCtMark(marks.mask(), marks.direct());
        draft.add(names.hasFakes() ? names.leaving(keep) : keep);
        if (!redirections.isEmpty()) {
            draft.open(REDIRECTED);
            // Such a flow needs its mark for each packet: with another one, the next would be a reply to an incoming
            // flow.
            draft.add(Rule.in(REDIRECTED).ctMark(marks.mask(), marks.reversed()).verdict(RETURN));
            redirections.forEach(this::redirected);
        }
    }

    private void kept() {
        draft.open(KEPT);
        var direct = Rule.in(KEPT).ctMark(marks.mask(), marks.direct());
        draft.add(names.hasFakes() ? names.leaving(direct) : direct.verdict(ACCEPT));
        for (var redirection : redirections) {
            if (redirection.refusesUdp()) {
                draft.add(Rule.in(KEPT)
                        .ctMark(marks.mask(), value(redirection))
                        .l4proto(UDP)
                        .rejectIcmpx(Reject.ICMPX_PORT_UNREACHABLE));
            }
        }
        if (!redirections.isEmpty()) {
            draft.add(Rule.in(KEPT).setMarkByCtMark(marks.mask(), MARKS).verdict(ACCEPT));
        }
    }

    private void redirected(Redirection redirection) {
        var hijacked = marks.hijacked().get(redirection.name());
        if (hijacked != null) {
            HijackedDns.forEach(
                    redirection,
                    (family, protocol, server) -> draft.add(Rule.in(REDIRECTED)
                            .mark(redirection.mark())
                            .nfproto(family)
                            .l4proto(protocol)
                            .destinationPort(DNS)
                            .setCtMark(marks.mask(), hijacked)
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
                .setCtMark(marks.mask(), value(redirection))
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
                                .ctMark(marks.mask(), hijacked)
                                .nfproto(family)
                                .l4proto(protocol)
                                .dnat(server)));
            }
        }
    }

    /**
     * Marks what an answer begins whose question conntrack has forgotten, or never saw: without that, what the application sends next would be a reply
     * to an incoming flow and leave.
     */
    void markReversed(Chain chain, int guard) {
        if (!redirections.isEmpty()) {
            reversed(Rule.in(chain).markNot(guard, 0).ctState(Ct.STATE_NEW).socketTransparent());
            reversed(Rule.in(chain)
                    .ctState(Ct.STATE_NEW)
                    .socketTransparent()
                    .sourceNotLocal()
                    .destinationLocal());
        }
    }

    private void reversed(RuleBuilder answer) {
        draft.add(answer.setCtMark(marks.mask(), marks.reversed())
                .verdict(RETURN)
                .comment("answers of servers that conntrack knows no question of"));
    }

    /** Lets what answers in such a flow leave. */
    void passReversed(Chain chain) {
        if (!redirections.isEmpty()) {
            draft.add(Rule.in(chain)
                    .ctMark(marks.mask(), marks.reversed())
                    .ctOriginal()
                    .verdict(RETURN));
        }
    }

    /** Asks {@link #KEPT}, and has the given chain classify what it does not know any more. */
    void askKept(Chain chain, Chain classify) {
        draft.add(Rule.in(chain).ctMarkNot(marks.mask(), 0).jump(KEPT));
        if (!redirections.isEmpty()) {
            // Wherever it is led to on lo, it finds the server's socket, or a listener that resets it.
            draft.add(Rule.in(chain)
                    .l4proto(TCP)
                    .ctMark(marks.mask(), marks.reversed())
                    .setMark(redirections.getFirst().mark())
                    .verdict(RETURN));
        }
        draft.add(Rule.in(chain).ctMarkNot(marks.mask(), 0).goTo(classify).comment("verdict not known any more"));
    }
}

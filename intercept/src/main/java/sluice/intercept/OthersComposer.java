// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import static sluice.netlink.nftables.RuleBuilder.TCP;
import static sluice.netlink.nftables.RuleBuilder.UDP;
import static sluice.netlink.nftables.Verdict.DROP;

import java.net.InetAddress;
import java.util.List;
import sluice.netlink.nftables.Chain;
import sluice.netlink.nftables.Ct;
import sluice.netlink.nftables.Family;
import sluice.netlink.nftables.Reject;
import sluice.netlink.nftables.Rule;
import sluice.rules.OtherProtocols;

/** Writes the part of the {@link Ruleset} for what is neither TCP nor UDP, which no server takes. */
final class OthersComposer {
    static final InetAddress LINK_LOCAL = InetAddress.ofLiteral("fe80::");

    private static final Chain OTHERS = RulesetComposer.TABLE.chain("others");
    private static final Chain OTHERS_OF = RulesetComposer.TABLE.chain("others_of");
    private static final int ESP = 50;
    private static final int AH = 51;

    private final List<Redirection> redirections;
    private final Levels levels;
    private final FlowMarks marks;
    private final NamesComposer names;
    private final RulesetDraft draft;

    OthersComposer(
            List<Redirection> redirections, Levels levels, FlowMarks marks, NamesComposer names, RulesetDraft draft) {
        this.redirections = redirections;
        this.levels = levels;
        this.marks = marks;
        this.names = names;
        this.draft = draft;
    }

    /** The chains, where a redirection stops other protocols. */
    void others() {
        if (redirections.stream().allMatch(r -> r.otherProtocols() == OtherProtocols.DIRECT)) {
            return;
        }
        draft.open(OTHERS_OF);
        redirections.forEach(this::of);
        draft.add(names.leaving(Rule.in(OTHERS_OF).setMark(0)));
        draft.open(OTHERS);
        draft.add(names.leaving(Rule.in(OTHERS).destinationNotUnicast()));
        draft.add(names.leaving(Rule.in(OTHERS).destination(LINK_LOCAL, 10)));
        // The kernel makes these of packets that have passed these rules before.
        draft.add(names.leaving(Rule.in(OTHERS).l4proto(ESP, AH)).comment("IPsec"));
        boolean noIpv6 = redirections.stream().anyMatch(Redirection::noIpv6);
        RulesetComposer.deepestFirst(levels.matched(), level -> {
            draft.add(names.leaving(Rule.in(OTHERS).cgroup(level, CgroupSet.DIRECT.definition)));
            if (noIpv6) {
                draft.add(names.leaving(
                        Rule.in(OTHERS).nfproto(Family.IPV6).cgroup(level, CgroupSet.NO_IPV6.definition)));
            }
            draft.add(Rule.in(OTHERS)
                    .setMarkByCgroup(level, CgroupSet.MARKS.definition)
                    .goTo(OTHERS_OF));
        });
        draft.add(names.leaving(Rule.in(OTHERS)));
    }

    private void of(Redirection redirection) {
        var packet = Rule.in(OTHERS_OF).mark(redirection.mark());
        switch (redirection.otherProtocols()) {
            case DIRECT -> {}
            case DROP -> draft.add(packet.verdict(DROP));
            case REJECT -> draft.add(packet.setMark(0).rejectIcmpx(Reject.ICMPX_ADMIN_PROHIBITED));
        }
    }

    /** Decides about what is neither TCP nor UDP. */
    void ask(Chain chain) {
        if (!redirections.isEmpty()) {
            // A late answer that finds its socket closed makes the kernel send an error to the peer, past the server
            // that was to hide this machine.
            draft.add(Rule.in(chain)
                    .l4protoNot(TCP, UDP)
                    .ctState(Ct.STATE_RELATED)
                    .ctMarkNot(marks.mask(), 0)
                    .ctMarkNot(marks.verdicts(), marks.direct())
                    .verdict(DROP)
                    .comment("errors about redirected flows"));
        }
        var others = Rule.in(chain).l4protoNot(TCP, UDP);
        draft.add(draft.isOpen(OTHERS) ? others.goTo(OTHERS) : names.leaving(others));
    }
}

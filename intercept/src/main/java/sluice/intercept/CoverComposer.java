// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import static sluice.netlink.nftables.Verdict.ACCEPT;
import static sluice.netlink.nftables.Verdict.RETURN;

import java.net.InetAddress;
import java.util.List;
import sluice.netlink.nftables.BaseChain;
import sluice.netlink.nftables.Chain;
import sluice.netlink.nftables.Ct;
import sluice.netlink.nftables.Family;
import sluice.netlink.nftables.Hook;
import sluice.netlink.nftables.Rule;

/**
 * Writes the part of the {@link Ruleset} that gives redirected packets loopback's address on lo, in the place of the remote one. Rules of others
 * drop addresses that come in by another interface than theirs: wg-quick the tunnel's unless the sender is local, Docker the containers',
 * Tailscale those of its network. They are not meant for packets that never leave this machine, and spare loopback's address.
 *
 * <p>The remote address comes back from conntrack: a destination before the packet is delivered, a source behind all filters. A packet that
 * has no conntrack entry keeps its addresses.
 */
final class CoverComposer {
    /** Before rules at raw, which is -300. */
    private static final int FIRST = -310;
    /** Behind all filters. */
    private static final int LAST = 300;

    private static final Chain FIRST_ON_LO = RulesetComposer.TABLE.baseChain(
            "prerouting-first", new BaseChain(BaseChain.Type.FILTER, Hook.PREROUTING, FIRST, ACCEPT));
    private static final Chain COVER = RulesetComposer.TABLE.chain("cover");
    private static final Chain INPUT =
            RulesetComposer.TABLE.baseChain("input", new BaseChain(BaseChain.Type.FILTER, Hook.INPUT, LAST, ACCEPT));
    private static final Chain UNCOVER = RulesetComposer.TABLE.chain("uncover");

    private static final InetAddress LOOPBACK4 = InetAddress.ofLiteral("127.0.0.1");
    private static final InetAddress LOOPBACK6 = InetAddress.ofLiteral("::1");

    private final FlowMarks marks;
    private final RulesetDraft draft;

    CoverComposer(FlowMarks marks, RulesetDraft draft) {
        this.marks = marks;
        this.draft = draft;
    }

    /** The chains that cover packets, and uncover where they are from. */
    void chains() {
        draft.open(COVER);
        draft.add(Rule.in(COVER).ctMark(marks.verdicts(), marks.direct()).verdict(RETURN));
        for (var loopback : List.of(LOOPBACK4, LOOPBACK6)) {
            draft.add(Rule.in(COVER).nfproto(family(loopback)).sourceNotLocal().setSource(loopback));
        }
        // What is translated on output is translated once more on lo, and routed where that changes the address.
        draft.add(Rule.in(COVER).ctStatus(Ct.STATUS_DESTINATION_NAT).verdict(RETURN));
        for (var loopback : List.of(LOOPBACK4, LOOPBACK6)) {
            draft.add(Rule.in(COVER)
                    .nfproto(family(loopback))
                    .destinationUnicast()
                    .setDestination(loopback));
        }
        draft.open(FIRST_ON_LO);
        draft.add(Rule.in(FIRST_ON_LO)
                .inputInterface("lo")
                .ctMarkNot(marks.mask(), 0)
                .goTo(COVER));
        draft.open(UNCOVER);
        for (var loopback : List.of(LOOPBACK4, LOOPBACK6)) {
            uncoverSource(loopback, Ct.Direction.REPLY, Ct.Direction.ORIGINAL);
            uncoverSource(loopback, Ct.Direction.ORIGINAL, Ct.Direction.REPLY);
        }
        draft.open(INPUT);
        draft.add(Rule.in(INPUT).inputInterface("lo").goTo(UNCOVER));
    }

    private void uncoverSource(InetAddress loopback, Ct.Direction of, Ct.Direction opposite) {
        draft.add(Rule.in(UNCOVER)
                .source(loopback)
                .ctDirection(of)
                .ctDestinationNot(opposite, loopback)
                .setSourceToDestinationOf(family(loopback), opposite));
    }

    /** The first rules of a chain for packets on lo that takes them to where they are for. */
    void uncoverDestinations(Chain chain) {
        for (var loopback : List.of(LOOPBACK4, LOOPBACK6)) {
            uncoverDestination(chain, loopback, Ct.Direction.ORIGINAL, Ct.Direction.REPLY);
            uncoverDestination(chain, loopback, Ct.Direction.REPLY, Ct.Direction.ORIGINAL);
        }
    }

    private void uncoverDestination(Chain chain, InetAddress loopback, Ct.Direction of, Ct.Direction opposite) {
        draft.add(Rule.in(chain)
                .destination(loopback, 8 * loopback.getAddress().length)
                .ctDirection(of)
                .ctSourceNot(opposite, loopback)
                .setDestinationToSourceOf(family(loopback), opposite));
    }

    private static Family family(InetAddress address) {
        return address.getAddress().length == 4 ? Family.IPV4 : Family.IPV6;
    }
}

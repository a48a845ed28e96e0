// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import static sluice.netlink.nftables.RuleBuilder.TCP;
import static sluice.netlink.nftables.RuleBuilder.UDP;
import static sluice.netlink.nftables.Verdict.ACCEPT;
import static sluice.netlink.nftables.Verdict.DROP;
import static sluice.netlink.nftables.Verdict.RETURN;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.stream.IntStream;
import sluice.netlink.nftables.BaseChain;
import sluice.netlink.nftables.Chain;
import sluice.netlink.nftables.Ct;
import sluice.netlink.nftables.Family;
import sluice.netlink.nftables.Hook;
import sluice.netlink.nftables.Reject;
import sluice.netlink.nftables.Rule;
import sluice.netlink.nftables.RuleBuilder;

/**
 * Writes the part of the {@link Ruleset} that takes redirected packets to their servers after chain {@code output} has decided: the way to lo, which is a
 * matter of the packet mark, and the handing over there, which is a matter of the connection mark. Rules of others may change either in between.
 */
final class DeliveryComposer {
    /**
     * After every reverse path filter: once {@code tproxy} has set the packet's socket, {@code fib … iif} no longer spares lo (nft_fib_eval of
     * the kernel's net/ipv4/netfilter/nft_fib_ipv4.c).
     */
    private static final int AFTER_FILTERS = 200;

    /** After all that may change a packet mark on output. */
    private static final int LAST = 300;

    private static final int MANGLE = -150;

    private static final Chain OUTPUT_LAST = RulesetComposer.TABLE.baseChain(
            "output-last", new BaseChain(BaseChain.Type.ROUTE, Hook.OUTPUT, LAST, ACCEPT));
    private static final Chain POSTROUTING = RulesetComposer.TABLE.baseChain(
            "postrouting", new BaseChain(BaseChain.Type.FILTER, Hook.POSTROUTING, MANGLE, ACCEPT));
    private static final Chain PREROUTING = RulesetComposer.TABLE.baseChain(
            "prerouting", new BaseChain(BaseChain.Type.FILTER, Hook.PREROUTING, AFTER_FILTERS, ACCEPT));
    private static final Chain ASTRAY = RulesetComposer.TABLE.chain("astray");
    private static final Chain DELIVER = RulesetComposer.TABLE.chain("deliver");
    private static final Chain UNDELIVERED = RulesetComposer.TABLE.chain("undelivered");

    private static final InetAddress LOOPBACK4 = InetAddress.ofLiteral("127.0.0.1");
    private static final InetAddress LOOPBACK6 = InetAddress.ofLiteral("::1");
    private static final List<InetAddress> LOOPBACKS = List.of(LOOPBACK4, LOOPBACK6);

    private final List<Redirection> redirections;
    private final FlowMarks marks;
    private final CoverComposer cover;
    private final RulesetDraft draft;

    DeliveryComposer(List<Redirection> redirections, FlowMarks marks, RulesetDraft draft) {
        this.redirections = redirections;
        this.marks = marks;
        this.cover = new CoverComposer(marks, draft);
        this.draft = draft;
    }

    /**
     * All of it, where there is a redirection.
     *
     * @param decide the chain that decides about what applications send
     */
    void deliver(Chain decide) {
        if (redirections.isEmpty()) {
            return;
        }
        outputLast(decide);
        postrouting();
        cover.chains();
        prerouting();
    }

    /** Puts right what rules of others have made of the marks since chain {@code output}. */
    private void outputLast(Chain decide) {
        draft.open(OUTPUT_LAST);
        draft.add(Rule.in(OUTPUT_LAST).ctOriginal().setMarkByCtMark(marks.mask(), FlowsComposer.MARKS));
        draft.add(ofReversed(OUTPUT_LAST).ctReply().setMarkByCtMark(marks.verdicts(), FlowsComposer.MARKS));
        draft.add(Rule.in(OUTPUT_LAST)
                .ctOriginal()
                .ctMark(marks.verdicts(), 0)
                .goTo(decide)
                .comment("once more without a verdict"));
        draft.add(Rule.in(OUTPUT_LAST)
                .ctState(Ct.STATE_INVALID | Ct.STATE_UNTRACKED)
                .goTo(decide)
                .comment("once more without a connection mark"));
    }

    private RuleBuilder ofReversed(Chain chain) {
        return Rule.in(chain).ctMark(marks.reversed(), marks.reversed());
    }

    /** Redirected packets leave by lo or not at all. */
    private void postrouting() {
        draft.open(ASTRAY);
        // The kernel chooses the interface of these whatever their mark; they stay on the link.
        draft.add(Rule.in(ASTRAY).destination(OthersComposer.LINK_LOCAL, 10).verdict(RETURN));
        draft.add(Rule.in(ASTRAY)
                .destinationUnicast()
                .verdict(DROP)
                .comment("led past its server by a policy rule or route"));
        draft.open(POSTROUTING);
        redirections.forEach(this::hijacked);
        draft.add(Rule.in(POSTROUTING).outputInterface("lo").verdict(RETURN));
        draft.add(Rule.in(POSTROUTING).forwarded().verdict(RETURN));
        draft.add(Rule.in(POSTROUTING)
                .markIn(redirections.stream().mapToInt(Redirection::mark).toArray())
                .goTo(ASTRAY));
        draft.add(Rule.in(POSTROUTING)
                .ctOriginal()
                .ctMarkIn(marks.mask(), verdicts().toArray())
                .goTo(ASTRAY));
        draft.add(Rule.in(POSTROUTING)
                .ctReply()
                .ctMarkIn(
                        marks.mask(),
                        verdicts().map(verdict -> verdict | marks.reversed()).toArray())
                .goTo(ASTRAY));
    }

    private IntStream verdicts() {
        return marks.redirected().values().stream().mapToInt(Integer::intValue).sorted();
    }

    /**
     * The translation to another name server belongs to the flow. A datagram from a port that has changed hands meets the flow of another
     * application, with a translation that it should not have, or without one.
     */
    private void hijacked(Redirection redirection) {
        var hijacked = marks.hijacked().get(redirection.name());
        if (hijacked == null) {
            return;
        }
        HijackedDns.forEach(redirection, (family, protocol, server) -> {
            if (protocol == UDP) {
                draft.add(Rule.in(POSTROUTING)
                        .nfproto(family)
                        .l4proto(UDP)
                        .ctOriginal()
                        .ctMark(marks.verdicts(), hijacked)
                        .destinationNot(server.getAddress())
                        .verdict(DROP)
                        .comment("meets an earlier socket's flow"));
                draft.add(Rule.in(POSTROUTING)
                        .nfproto(family)
                        .l4proto(UDP)
                        .ctOriginal()
                        .ctStatus(Ct.STATUS_DESTINATION_NAT)
                        .ctMarkNotIn(
                                marks.verdicts(),
                                marks.hijacked().values().stream()
                                        .mapToInt(Integer::intValue)
                                        .sorted()
                                        .toArray())
                        .destinationPort(server.getPort())
                        .destination(
                                server.getAddress(), 8 * server.getAddress().getAddress().length)
                        .verdict(DROP)
                        .comment("meets an earlier socket's flow"));
            }
        });
    }

    /** On lo, where policy routing has led the marked packets. */
    private void prerouting() {
        undelivered();
        draft.open(DELIVER);
        cover.uncoverDestinations(DELIVER);
        refuseUnredirected();
        draft.add(Rule.in(DELIVER)
                .ctReply()
                .ctMark(marks.reversed(), 0)
                .verdict(RETURN)
                .comment("answers"));
        draft.add(ofReversed(DELIVER).ctOriginal().verdict(RETURN));
        draft.add(Rule.in(DELIVER).setMarkByCtMark(marks.verdicts(), FlowsComposer.MARKS));
        redirections.forEach(this::deliver);
        for (var loopback : List.of(InetAddress.ofLiteral("127.0.0.0"), LOOPBACK6)) {
            draft.add(Rule.in(DELIVER)
                    .destination(loopback, loopback instanceof Inet4Address ? 8 : 128)
                    .verdict(RETURN));
        }
        draft.add(Rule.in(DELIVER).destinationUnicast().goTo(UNDELIVERED));
        draft.open(PREROUTING);
        draft.add(Rule.in(PREROUTING).inputInterface("lo").goTo(DELIVER));
    }

    /** What was sent to the engine's own ports did not come by these rules: its listeners take only what is addressed to others. */
    private void refuseUnredirected() {
        var ports = redirections.stream()
                .filter(r -> r.listener() == Redirection.Listener.LOOPBACK)
                .mapToInt(Redirection::port)
                .sorted()
                .toArray();
        if (ports.length == 0) {
            return;
        }
        for (var address : LOOPBACKS) {
            int bits = 8 * address.getAddress().length;
            draft.add(Rule.in(DELIVER)
                    .destination(address, bits)
                    .l4proto(TCP)
                    .destinationPortIn(ports)
                    .rejectTcpReset()
                    .comment("sent to the engine itself"));
            draft.add(Rule.in(DELIVER)
                    .destination(address, bits)
                    .l4proto(UDP)
                    .destinationPortIn(ports)
                    .rejectIcmpx(Reject.ICMPX_PORT_UNREACHABLE)
                    .comment("sent to the engine itself"));
        }
    }

    /**
     * Each server ends with a drop or a reject, because a packet that falls through would be delivered to whatever local socket listens on
     * its port.
     */
    private void deliver(Redirection redirection) {
        int mark = redirection.mark();
        switch (redirection.listener()) {
            case ANYWHERE ->
                draft.add(Rule.in(DELIVER)
                        .mark(mark)
                        .l4proto(TCP, UDP)
                        .tproxy(redirection.port())
                        .verdict(ACCEPT));
            case LOOPBACK -> LOOPBACKS.forEach(address -> toLoopback(redirection, address));
        }
        switch (redirection.whenDown()) {
            case DROP -> draft.add(Rule.in(DELIVER).mark(mark).verdict(DROP));
            case REJECT -> {
                draft.add(Rule.in(DELIVER).mark(mark).rejectTcpReset());
                draft.add(Rule.in(DELIVER).mark(mark).rejectIcmpx(Reject.ICMPX_ADMIN_PROHIBITED));
            }
        }
    }

    /** Without an address the kernel takes the first one of lo, which for IPv6 is a global one where lo has any. */
    private void toLoopback(Redirection redirection, InetAddress address) {
        draft.add(Rule.in(DELIVER)
                .mark(redirection.mark())
                .nfproto(address instanceof Inet4Address ? Family.IPV4 : Family.IPV6)
                .l4proto(TCP, UDP)
                .tproxy(new InetSocketAddress(address, redirection.port()))
                .verdict(ACCEPT));
    }

    /**
     * What came to lo by a packet mark, to an address that is not this machine's, and has lost both marks since. TPROXY servers of others
     * have taken theirs by now.
     */
    private void undelivered() {
        draft.open(UNDELIVERED);
        draft.add(Rule.in(UNDELIVERED).socketTransparent().verdict(RETURN));
        draft.add(Rule.in(UNDELIVERED).verdict(DROP));
    }
}

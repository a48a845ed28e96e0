// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import static sluice.netlink.nftables.RuleBuilder.UDP;
import static sluice.netlink.nftables.Verdict.ACCEPT;
import static sluice.netlink.nftables.Verdict.RETURN;

import org.jspecify.annotations.Nullable;
import sluice.netlink.nftables.Chain;
import sluice.netlink.nftables.Ct;
import sluice.netlink.nftables.Rule;
import sluice.netlink.nftables.RuleBuilder;

/**
 * Writes the part of the {@link Ruleset} that tells answers from what an application begins. Conntrack's direction tells it, but for flows whose first
 * packet conntrack has forgotten, or never saw: there an answer counts as the first packet. Such a flow gets the bit {@link FlowMarks#reversed()}.
 */
final class RepliesComposer {
    private static final Chain REPLIES = RulesetComposer.TABLE.chain("replies");
    private static final int DNS = 53;

    private final FlowMarks marks;
    private final RulesetDraft draft;
    private final boolean redirects;

    RepliesComposer(FlowMarks marks, RulesetDraft draft, boolean redirects) {
        this.marks = marks;
        this.draft = draft;
        this.redirects = redirects;
    }

    /**
     * The chain {@code replies}, which accepts answers.
     *
     * @param clientPorts where UDP flows that began without the table are to be expected, the ports that the kernel gives to
     *     clients; else null
     */
    void replies(@Nullable ClientPorts clientPorts) {
        if (!redirects) {
            return;
        }
        draft.open(REPLIES);
        draft.add(OlderFlows.learn(REPLIES, marks));
        if (clientPorts != null) {
            draft.add(begunBefore(udp().destinationPort(DNS).sourcePortNot(DNS)));
            draft.add(begunBefore(udp().sourcePortBetween(clientPorts.first(), clientPorts.last())
                    .destinationNotLocal()));
        }
        draft.add(OlderFlows.noAnswer(REPLIES, marks).verdict(RETURN).comment("of a connection met in the middle"));
        draft.add(Rule.in(REPLIES).verdict(ACCEPT));
    }

    private static RuleBuilder udp() {
        return Rule.in(REPLIES).l4proto(UDP);
    }

    private RuleBuilder begunBefore(RuleBuilder datagram) {
        return reversing(datagram).comment("of a flow that is older than this table");
    }

    private RuleBuilder reversing(RuleBuilder rule) {
        return rule.setCtMark(marks.reversed(), marks.reversed()).verdict(RETURN);
    }

    /** The start of the chain that meets everything first: answers leave. */
    void passAnswers(Chain chain, int guard) {
        if (!redirects) {
            draft.add(Rule.in(chain).ctReply().verdict(RETURN));
            return;
        }
        var answers = "a server's answer that conntrack knows no question of";
        draft.add(reversing(Rule.in(chain)
                        .ctState(Ct.STATE_NEW)
                        .socketMarkHas(guard)
                        .socketTransparent())
                .comment(answers));
        draft.add(reversing(Rule.in(chain)
                        .ctState(Ct.STATE_NEW)
                        .socketTransparent()
                        .sourceNotLocal()
                        .destinationLocal())
                .comment(answers));
        draft.add(Rule.in(chain).ctReply().ctMark(marks.reversed(), 0).jump(REPLIES));
        draft.add(Rule.in(chain)
                .ctMark(marks.reversed(), marks.reversed())
                .ctOriginal()
                .verdict(RETURN));
    }
}

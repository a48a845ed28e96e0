// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import static sluice.netlink.nftables.Verdict.RETURN;

import sluice.netlink.nftables.Chain;
import sluice.netlink.nftables.Reject;
import sluice.netlink.nftables.Rule;

/** Writes the part of the {@link Ruleset} that stops packets, whatever their flow did before. */
final class DropsComposer {
    /** Answers TCP with a reset, everything else with an ICMP error. */
    static final Chain REFUSE = RulesetComposer.TABLE.chain("refuse");

    private static final Chain TOTAL_DROPS = RulesetComposer.TABLE.chain("total_drops");
    private static final Chain DROPS = RulesetComposer.TABLE.chain("drops");

    private final Levels levels;
    private final RulesetDraft draft;

    DropsComposer(Levels levels, RulesetDraft draft) {
        this.levels = levels;
        this.draft = draft;
    }

    /**
     * Writes {@link #REFUSE} where something leads to it.
     *
     * @param needed whether something else than drops does
     */
    void refuse(boolean needed) {
        if (needed || !levels.drops().isEmpty()) {
            draft.open(REFUSE);
            draft.add(Rule.in(REFUSE).rejectTcpReset());
            draft.add(Rule.in(REFUSE).rejectIcmpx(Reject.ICMPX_ADMIN_PROHIBITED));
        }
    }

    void totalDrops() {
        if (levels.totalDrops().isEmpty()) {
            return;
        }
        draft.open(TOTAL_DROPS);
        draft.add(Rule.in(TOTAL_DROPS).outputInterface("lo").verdict(RETURN));
        RulesetComposer.deepestFirst(
                levels.totalDrops(),
                level -> draft.add(Rule.in(TOTAL_DROPS).cgroupVerdict(level, CgroupSet.TOTAL_DROPS.definition)));
    }

    void drops() {
        if (levels.drops().isEmpty()) {
            return;
        }
        draft.open(DROPS);
        RulesetComposer.deepestFirst(levels.drops(), level -> {
            draft.add(Rule.in(DROPS).cgroupVerdict(level, CgroupSet.DROPS.definition));
            draft.add(Rule.in(DROPS).cgroup(level, CgroupSet.REJECTS.definition).goTo(REFUSE));
        });
    }

    /** Asks what {@link #totalDrops} wrote, if it wrote anything. */
    void askTotalDrops(Chain chain) {
        ask(TOTAL_DROPS, chain);
    }

    /** Asks what {@link #drops} wrote, if it wrote anything. */
    void askDrops(Chain chain) {
        ask(DROPS, chain);
    }

    private void ask(Chain asked, Chain chain) {
        if (draft.isOpen(asked)) {
            draft.add(Rule.in(chain).jump(asked));
        }
    }
}

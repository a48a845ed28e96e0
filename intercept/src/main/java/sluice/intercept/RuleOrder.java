// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import sluice.netlink.route.IpFamily;
import sluice.netlink.route.PolicyRule;
import sluice.netlink.route.Route;

/**
 * The policy rules of one family, and where among them those of Sluice belong. Redirected packets follow the first
 * rule that applies to them, so the rules of Sluice stand before every rule of another program that may apply to them.
 *
 * @param present all rules in the order in which the kernel tries them
 */
record RuleOrder(IpFamily family, List<PolicyRule> present, Blueprint blueprint) {
    /** The kernel's rule for the table {@code local} has priority 0, and in a request 0 stands for "choose one". */
    private static final int FIRST_PRIORITY = 1;

    RuleOrder {
        present = List.copyOf(present);
    }

    /**
     * The priority for the rules of Sluice: the one that the configuration wishes, or one below that of the first rule
     * that has to come later. A rule with no priority in front of it stays in front.
     */
    int place() {
        int wished = blueprint.rulePriority();
        return present.stream()
                .filter(this::concernsRedirected)
                .map(PolicyRule::priority)
                .filter(priority -> Integer.compareUnsigned(priority, FIRST_PRIORITY) > 0
                        && Integer.compareUnsigned(priority, wished) <= 0)
                .min(Integer::compareUnsigned)
                .map(first -> first - 1)
                .orElse(wished);
    }

    /** The rules of Sluice, at this priority. */
    Set<PolicyRule> rulesAt(int priority) {
        var rules = new HashSet<PolicyRule>();
        int mask = blueprint.marks().mask();
        for (var redirection : blueprint.redirections()) {
            rules.add(PolicyRule.ofMark(family, redirection.mark(), mask, blueprint.routeTable())
                    .withPriority(priority)
                    .withProtocol(PolicyRoutes.PROTOCOL));
        }
        return rules;
    }

    /** The rules of others that come before the rules of Sluice, which have this priority. */
    private List<PolicyRule> before(int priority) {
        var ours = rulesAt(priority);
        int last = present.size() - 1;
        while (last >= 0 && !ours.contains(present.get(last))) {
            last--;
        }
        return present.stream().limit(last + 1).filter(this::concernsRedirected).toList();
    }

    /** What the rules of others do that come before the rules of Sluice at this priority, for an operator. */
    List<String> warnings(int priority) {
        var warnings = new ArrayList<String>();
        for (var rule : before(priority)) {
            warnings.add("policy rule " + Integer.toUnsignedString(rule.priority()) + " (" + command()
                    + " rule show) comes before those of Sluice at " + Integer.toUnsignedString(priority)
                    + ": redirected traffic that it applies to does not reach its proxy and is dropped; give that"
                    + " rule a preference above " + blueprint.rulePriority());
        }
        return warnings;
    }

    /** Says where the rules of Sluice are now, and why. */
    String move(int to) {
        if (to == blueprint.rulePriority()) {
            return "the policy rules of Sluice moved back to priority " + to + " (" + command()
                    + " rule show): no rule of another program comes before them there any more";
        }
        return "the policy rules of Sluice moved to priority " + Integer.toUnsignedString(to) + " (" + command()
                + " rule show), in front of those that another program added before " + blueprint.rulePriority();
    }

    private boolean concernsRedirected(PolicyRule rule) {
        if (rule.protocol() == PolicyRoutes.PROTOCOL
                || rule.protocol() == PolicyRule.KERNEL
                || rule.table() == Route.LOCAL_TABLE) {
            return false;
        }
        int mask = blueprint.marks().mask();
        return blueprint.redirections().stream().anyMatch(redirection -> rule.mayMatchSent(redirection.mark(), mask));
    }

    /** Refuses a blueprint with a mark that a rule of another program looks at. */
    void refuseConflicts() throws ConflictException {
        int mask = blueprint.marks().mask();
        for (var rule : present) {
            if (rule.protocol() == PolicyRoutes.PROTOCOL || rule.mark() == 0 || rule.inverted()) {
                continue;
            }
            int common = mask & rule.mask();
            for (var redirection : blueprint.redirections()) {
                if (common != 0 && (redirection.mark() & common) == (rule.mark() & common)) {
                    var priority = Integer.toUnsignedString(rule.priority());
                    throw new ConflictException("use mark " + Integer.toUnsignedString(redirection.mark()) + " for \""
                            + redirection.name() + "\": another policy rule looks at it (" + command()
                            + " rule show, priority " + priority
                            + "); give the tproxy another mark, or delete the rule if it is a leftover: " + command()
                            + " rule del pref " + priority);
                }
            }
        }
    }

    /** The first words of the command that shows policy rules and routes of the family. */
    String command() {
        return family == IpFamily.IPV4 ? "ip" : "ip -6";
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

/**
 * Why a cgroup's traffic goes where it goes.
 *
 * @param rule the rule in force
 * @param matched path, relative to the managed root, of the cgroup that matches it: the cgroup asked for or an ancestor
 * @param inherited whether {@code matched} is an ancestor
 */
public record Decision(Rule rule, String matched, boolean inherited) {
    /** The target in force. */
    public Target target() {
        return rule.target();
    }
}

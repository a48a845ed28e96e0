// SPDX-License-Identifier: Apache-2.0
package sluice.control;

import java.util.List;

/**
 * The engine's flows.
 *
 * @param live in the order in which they began
 * @param ended those that ended after the position asked for, in that order: the last thousand, where questions are at most a minute apart
 * @param position to be asked with next time, so that only what ended after this answer is told: how many have ended
 * @param since when counting began, ISO 8601 in UTC: ids and positions of another time mean nothing; empty without an engine
 */
public record FlowsView(List<FlowView> live, List<FlowView> ended, long position, String since) {
    /** No flow, because there is no engine. */
    public static final FlowsView NONE = new FlowsView(List.of(), List.of(), 0, "");
}

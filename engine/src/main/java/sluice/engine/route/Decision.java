// SPDX-License-Identifier: Apache-2.0
package sluice.engine.route;

import org.jspecify.annotations.Nullable;

/**
 * What the routes say about a flow.
 *
 * @param route place of the route that decided, from 0, in the configuration's list; -1: none fits
 * @param outbound the route's outbound; null where none fits: the flow takes the one that the cgroup's rule names
 */
public record Decision(int route, @Nullable String outbound) {
    /** No route fits. */
    public static final Decision NONE = new Decision(-1, null);
}

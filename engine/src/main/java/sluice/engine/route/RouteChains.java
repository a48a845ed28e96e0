// SPDX-License-Identifier: Apache-2.0
package sluice.engine.route;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Sets of routes as linked lists that share their ends, each with its lowest route in front. Most keys of an index belong to one route, and
 * all keys of one route share one cell.
 */
final class RouteChains {
    /** The empty set. */
    static final int EMPTY = -1;

    private final Map<Long, Integer> cells = new HashMap<>();
    private int[] routes = new int[16];
    private int[] rest = new int[16];

    /**
     * A set with a route more.
     *
     * @param route not above any of the set
     */
    int with(int route, int set) {
        if (set != EMPTY && routes[set] == route) {
            return set;
        }
        return cells.computeIfAbsent((long) route << 32 | (set & 0xffff_ffffL), _ -> cell(route, set));
    }

    private int cell(int route, int set) {
        int cell = cells.size();
        if (cell == routes.length) {
            routes = Arrays.copyOf(routes, 2 * cell);
            rest = Arrays.copyOf(rest, 2 * cell);
        }
        routes[cell] = route;
        rest[cell] = set;
        return cell;
    }

    /** The lowest route of a set that is not empty. */
    int route(int set) {
        return routes[set];
    }

    /** A set without its lowest route. */
    int rest(int set) {
        return rest[set];
    }

    /** After this, only reading is allowed, from any thread. */
    RouteChains complete() {
        int count = cells.size();
        cells.clear();
        routes = Arrays.copyOf(routes, count);
        rest = Arrays.copyOf(rest, count);
        return this;
    }
}

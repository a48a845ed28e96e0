// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.net.InetAddress;
import java.util.List;
import java.util.Optional;

/**
 * Which names' addresses the kernel may send straight out: those of routes with a set, as far as no route that stands earlier could take a flow to
 * them. The kernel asks neither for the application nor for the port, so a set that were fed in spite of such a route would lead its flows past
 * it. Immutable; any thread.
 */
public final class RouteSets {
    private final List<Route> routes;
    private final DomainIndex names = new DomainIndex(new NumberSets());
    /** From here on a route that asks for neither name nor address may take any flow: no set counts. */
    private final int end;

    private final boolean hasSets;

    /** The sets of these routes. */
    public RouteSets(List<Route> routes) {
        this.routes = List.copyOf(routes);
        hasSets = routes.stream().anyMatch(route -> route.nftSet().isPresent());
        int first = routes.size();
        for (int i = routes.size() - 1; hasSets && i >= 0; i--) {
            var domains = routes.get(i).domains();
            if (domains != null) {
                names.add(domains, i);
            } else if (routes.get(i).cidrs() == null) {
                first = i;
            }
        }
        names.complete();
        end = first;
    }

    /**
     * The set of a name: that of the first route which could take a flow to it, leaving aside those that ask for addresses too.
     *
     * @param name ASCII, lower case, without a trailing dot
     * @return empty when there is none, or another route may come first
     */
    public Optional<String> of(String name) {
        int route = route(name);
        return route < end ? routes.get(route).nftSet() : Optional.empty();
    }

    private int route(String name) {
        return hasSets ? names.first(name, end, route -> routes.get(route).cidrs() == null) : end;
    }

    /** Whether an address of a name that has a set may be in it: not if an earlier route asks for a block that holds it. */
    public boolean admits(String name, InetAddress address) {
        int own = route(name);
        for (int i = 0; i < own; i++) {
            var cidrs = routes.get(i).cidrs();
            var domains = routes.get(i).domains();
            if (cidrs != null && cidrs.contains(address) && (domains == null || domains.matches(name))) {
                return false;
            }
        }
        return true;
    }
}

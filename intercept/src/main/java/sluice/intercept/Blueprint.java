// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import java.util.List;
import sluice.rules.Marks;
import sluice.rules.PrefixSet;

/**
 * Everything a mechanism has to know that does not depend on the cgroup tree. Immutable.
 *
 * @param root the managed cgroup; what is not below it is left alone
 * @param bypass destinations that are never touched
 * @param bypassLocal whether this machine's own addresses are never touched either
 * @param redirections every TPROXY server that a rule may name; those that only running flows still use come last
 * @param marks the bits of marks that Sluice may use
 * @param routeTable number of the routing table that delivers marked packets locally
 * @param rulePriority priority of the policy rules that look it up
 * @param holdNewCgroups whether traffic of cgroups that are not classified yet waits
 * @param names what DNS makes of destinations
 * @param ownTable whether other programs are kept from changing the table, where the kernel can do that
 */
public record Blueprint(
        Root root,
        PrefixSet bypass,
        boolean bypassLocal,
        List<Redirection> redirections,
        Marks marks,
        int routeTable,
        int rulePriority,
        boolean holdNewCgroups,
        Names names,
        boolean ownTable) {

    /** A blueprint for a table that other programs may change, in which this machine's own addresses are as all others. */
    public Blueprint(
            Root root,
            PrefixSet bypass,
            List<Redirection> redirections,
            Marks marks,
            int routeTable,
            int rulePriority,
            boolean holdNewCgroups,
            Names names) {
        this(root, bypass, false, redirections, marks, routeTable, rulePriority, holdNewCgroups, names, false);
    }

    public Blueprint {
        redirections = List.copyOf(redirections);
    }

    /** The same as far as cgroups that do not change have the elements that they have with another one: whether new ones are held, and whether there are routes at all. */
    Blueprint withElementsOf(Blueprint other) {
        var routes = names.routes().isEmpty() == other.names.routes().isEmpty() ? names.routes() : other.names.routes();
        return new Blueprint(
                root,
                bypass,
                bypassLocal,
                redirections,
                marks,
                routeTable,
                rulePriority,
                other.holdNewCgroups,
                new Names(names.fakes(), routes),
                ownTable);
    }

    /**
     * The cgroup below which everything is managed.
     *
     * @param id of the cgroup
     * @param level as {@code socket cgroupv2 level} counts it; 0 for the root of the cgroup namespace
     */
    public record Root(long id, int level) {}

    /**
     * Destinations that mean something because of the name behind them. Both concern the redirections that capture DNS.
     *
     * @param fakes fake IPs: what is sent there and not redirected is refused. None of them is in bypass
     * @param routes names of routes that send the addresses of their names straight out, see {@link Mechanism#admit}: 1 to 20 of
     *     [a-z0-9_]
     */
    public record Names(PrefixSet fakes, List<String> routes) {
        /** No name means anything. */
        public static final Names NONE = new Names(PrefixSet.merge(List.of()), List.of());

        public Names {
            routes = List.copyOf(routes);
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import sluice.linux.FileDescriptor;
import sluice.netlink.Subscription;
import sluice.netlink.route.IpFamily;
import sluice.netlink.route.PolicyRule;
import sluice.netlink.route.Route;
import sluice.netlink.route.RouteEvent;
import sluice.netlink.route.Routes;

/**
 * The policy rules and routes that deliver marked packets locally: {@code fwmark M/MASK lookup T} for each mark, and in table
 * T {@code local default dev lo}, for IPv4 and IPv6. They carry a protocol number of their own, so that what an earlier run
 * left is found even if mark, table and priority have changed since.
 */
final class PolicyRoutes implements AutoCloseable {
    /** FRA_PROTOCOL and rtm_protocol of all we make; free in /etc/iproute2/rt_protos. */
    static final int PROTOCOL = 83;

    private static final int NOTIFICATIONS_AT_ONCE = 256;
    private static final int EVERY_TABLE = 0;

    private final Routes routes;
    private final Subscription<RouteEvent> events;

    private PolicyRoutes(Routes routes, Subscription<RouteEvent> events) {
        this.routes = routes;
        this.events = events;
    }

    static PolicyRoutes open() throws IOException {
        var routes = Routes.open();
        try {
            return new PolicyRoutes(routes, Routes.subscribe());
        } catch (IOException e) {
            routes.close();
            throw e;
        }
    }

    /**
     * Adds what is missing; what is there already is not touched.
     *
     * @throws ConflictException if somebody else uses a mark or the table
     */
    void require(Blueprint blueprint) throws IOException {
        // All before the first change, so that a refusal leaves nothing half-done.
        for (var family : families()) {
            refuseConflicts(family, routes.rules(family), blueprint);
        }
        for (var family : families()) {
            var present = routes.rules(family);
            for (var rule : rules(family, blueprint)) {
                if (!present.contains(rule)) {
                    routes.add(rule);
                }
            }
            for (var route : routes(family, blueprint)) {
                routes.replace(route);
            }
        }
    }

    /** Takes out what is ours but not in the blueprint. */
    void dropOthers(Blueprint blueprint) throws IOException {
        for (var family : families()) {
            drop(family, rules(family, blueprint), routesWithoutMetric(family, blueprint));
        }
    }

    /** Takes out everything that is ours. */
    void removeAll() throws IOException {
        for (var family : families()) {
            drop(family, Set.of(), Set.of());
        }
    }

    private void drop(IpFamily family, Set<PolicyRule> keptRules, Set<Route> keptRoutes) throws IOException {
        for (var rule : routes.rules(family)) {
            if (rule.protocol() == PROTOCOL && !keptRules.contains(rule)) {
                routes.delete(rule);
            }
        }
        for (var route : routes.routes(family, EVERY_TABLE)) {
            if (route.protocol() == PROTOCOL && !keptRoutes.contains(route.withMetric(0))) {
                routes.delete(route);
            }
        }
    }

    boolean areIntact(Blueprint blueprint) throws IOException {
        for (var family : families()) {
            var present = new HashSet<Route>();
            routes.routes(family, blueprint.routeTable()).forEach(route -> present.add(route.withMetric(0)));
            if (!routes.rules(family).containsAll(rules(family, blueprint))
                    || !present.containsAll(routesWithoutMetric(family, blueprint))) {
                return false;
            }
        }
        return true;
    }

    private void refuseConflicts(IpFamily family, List<PolicyRule> present, Blueprint blueprint) throws IOException {
        int mask = blueprint.marks().mask();
        var ip = family == IpFamily.IPV4 ? "ip" : "ip -6";
        for (var rule : present) {
            if (rule.protocol() == PROTOCOL) {
                continue;
            }
            for (var redirection : blueprint.redirections()) {
                int common = mask & rule.mask();
                if (common != 0 && (redirection.mark() & common) == (rule.mark() & common) && rule.mark() != 0) {
                    throw new ConflictException("use mark " + Integer.toUnsignedString(redirection.mark()) + " for \""
                            + redirection.name() + "\": another policy rule looks at it (" + ip
                            + " rule show, priority "
                            + Integer.toUnsignedString(rule.priority())
                            + "); give the tproxy another mark, or delete the"
                            + " rule if it is a leftover: " + ip + " rule del pref "
                            + Integer.toUnsignedString(rule.priority()));
                }
            }
        }
        if (blueprint.redirections().isEmpty()) {
            return;
        }
        var table = Integer.toUnsignedString(blueprint.routeTable());
        for (var route : routes.routes(family, blueprint.routeTable())) {
            if (route.protocol() != PROTOCOL) {
                throw new ConflictException("use routing table " + table + ": it holds somebody else's routes (" + ip
                        + " route show table " + table + "); choose another route-table, or empty it if they are"
                        + " leftovers: " + ip + " route flush table " + table);
            }
        }
    }

    private static Set<PolicyRule> rules(IpFamily family, Blueprint blueprint) {
        var rules = new HashSet<PolicyRule>();
        int mask = blueprint.marks().mask();
        for (var redirection : blueprint.redirections()) {
            rules.add(PolicyRule.ofMark(family, redirection.mark(), mask, blueprint.routeTable())
                    .withPriority(blueprint.rulePriority())
                    .withProtocol(PROTOCOL));
        }
        return rules;
    }

    private List<Route> routes(IpFamily family, Blueprint blueprint) throws IOException {
        if (blueprint.redirections().isEmpty()) {
            return List.of();
        }
        int loopback = routes.link("lo").index();
        return List.of(
                Route.localDefault(family, blueprint.routeTable(), loopback).withProtocol(PROTOCOL));
    }

    private Set<Route> routesWithoutMetric(IpFamily family, Blueprint blueprint) throws IOException {
        return Set.copyOf(routes(family, blueprint));
    }

    /** IPv6 only where the kernel has it and lo uses it: else it refuses the route. */
    private static List<IpFamily> families() throws IOException {
        var disabled = Path.of("/proc/sys/net/ipv6/conf/lo/disable_ipv6");
        var families = new ArrayList<>(List.of(IpFamily.IPV4));
        if (Files.exists(disabled) && Files.readAllLines(disabled).equals(List.of("0"))) {
            families.add(IpFamily.IPV6);
        }
        return families;
    }

    FileDescriptor notifications() {
        return events.descriptor();
    }

    Mechanism.Disturbance disturbance() throws IOException {
        var worst = new Mechanism.Disturbance[] {Mechanism.Disturbance.NONE};
        // Level triggered: what is left is reported again.
        var _ = events.drain(
                NOTIFICATIONS_AT_ONCE, event -> worst[0] = NftablesMechanism.worse(worst[0], judge(event)));
        return worst[0];
    }

    private Mechanism.Disturbance judge(RouteEvent event) {
        if (event.portId() == routes.portId() && !(event instanceof RouteEvent.Lost)) {
            return Mechanism.Disturbance.NONE;
        }
        return switch (event) {
            case RouteEvent.Lost() -> Mechanism.Disturbance.UNKNOWN;
            case RouteEvent.RuleChanged(var added, var rule, int port) ->
                foreign(!added && rule.protocol() == PROTOCOL);
            case RouteEvent.RouteChanged(var added, var route, int port) ->
                foreign(!added && route.protocol() == PROTOCOL);
        };
    }

    private static Mechanism.Disturbance foreign(boolean harm) {
        return harm ? Mechanism.Disturbance.FOREIGN : Mechanism.Disturbance.NONE;
    }

    @Override
    public void close() {
        events.close();
        routes.close();
    }
}

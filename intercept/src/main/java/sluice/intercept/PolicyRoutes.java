// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
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
    private static final Path IPV6 = Path.of("/proc/sys/net/ipv6/conf");

    private final Routes routes;
    private final Subscription<RouteEvent> events;
    private @Nullable Blueprint required;
    private List<String> warnings = List.of();

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
        required = blueprint;
        warnings = overtaking(blueprint);
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
        required = null;
        warnings = List.of();
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
        var ip = command(family);
        for (var rule : present) {
            if (rule.protocol() == PROTOCOL) {
                continue;
            }
            for (var redirection : blueprint.redirections()) {
                int common = mask & rule.mask();
                boolean same = common != 0 && (redirection.mark() & common) == (rule.mark() & common);
                if (same && rule.mark() != 0 && !rule.inverted()) {
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

    /** What rules of others do that come before ours. */
    private List<String> overtaking(Blueprint blueprint) throws IOException {
        var found = new ArrayList<String>();
        for (var family : families()) {
            var present = routes.rules(family);
            var ours = rules(family, blueprint);
            int last = present.size() - 1;
            while (last >= 0 && !ours.contains(present.get(last))) {
                last--;
            }
            present.stream()
                    .limit(last + 1)
                    .filter(rule -> overtakes(rule, blueprint))
                    .map(rule -> overtaking(rule, blueprint))
                    .forEach(found::add);
        }
        return List.copyOf(found);
    }

    private static boolean overtakes(PolicyRule rule, Blueprint blueprint) {
        if (rule.protocol() == PROTOCOL || rule.protocol() == PolicyRule.KERNEL || rule.table() == Route.LOCAL_TABLE) {
            return false;
        }
        int mask = blueprint.marks().mask();
        return blueprint.redirections().stream().anyMatch(redirection -> rule.mayMatchSent(redirection.mark(), mask));
    }

    private static String overtaking(PolicyRule rule, Blueprint blueprint) {
        var priority = Integer.toUnsignedString(rule.priority());
        return "policy rule " + priority + " (" + command(rule.family())
                + " rule show) comes before those of Sluice at "
                + blueprint.rulePriority() + ": redirected traffic that it applies to does not reach its proxy and is"
                + " dropped; set rule-priority below " + priority + ", or give that rule a preference above "
                + blueprint.rulePriority();
    }

    private static String command(IpFamily family) {
        return family == IpFamily.IPV4 ? "ip" : "ip -6";
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
        if (blueprint.redirections().isEmpty() || !isOnLoopback(family)) {
            return List.of();
        }
        int loopback = routes.link("lo").index();
        return List.of(
                Route.localDefault(family, blueprint.routeTable(), loopback).withProtocol(PROTOCOL));
    }

    private Set<Route> routesWithoutMetric(IpFamily family, Blueprint blueprint) throws IOException {
        return Set.copyOf(routes(family, blueprint));
    }

    /** IPv6 only where the kernel has it. */
    private static List<IpFamily> families() {
        return Files.exists(IPV6) ? List.of(IpFamily.IPV4, IpFamily.IPV6) : List.of(IpFamily.IPV4);
    }

    /** Whether lo uses the family: else the kernel refuses routes that lead there. */
    private static boolean isOnLoopback(IpFamily family) throws IOException {
        var disabled = IPV6.resolve("lo/disable_ipv6");
        return family == IpFamily.IPV4
                || (Files.exists(disabled) && Files.readAllLines(disabled).equals(List.of("0")));
    }

    FileDescriptor notifications() {
        return events.descriptor();
    }

    /** What keeps redirected packets from following our rules, for an operator. */
    List<String> warnings() {
        return warnings;
    }

    Mechanism.Disturbance disturbance() throws IOException {
        var news = new ArrayList<RouteEvent>();
        // Level triggered: what is left is reported again.
        var _ = events.drain(NOTIFICATIONS_AT_ONCE, news::add);
        news.removeIf(event -> event.portId() == routes.portId());
        if (required != null && news.stream().anyMatch(event -> !(event instanceof RouteEvent.RouteChanged))) {
            warnings = overtaking(required);
        }
        return news.stream().map(PolicyRoutes::judge).reduce(Mechanism.Disturbance.NONE, NftablesMechanism::worse);
    }

    private static Mechanism.Disturbance judge(RouteEvent event) {
        return switch (event) {
            case RouteEvent.Lost() -> Mechanism.Disturbance.UNKNOWN;
            case RouteEvent.RuleChanged(var added, var rule, int port) ->
                foreign(!added && rule.protocol() == PROTOCOL);
            case RouteEvent.RouteChanged(var added, var route, int port) ->
                added ? appeared(route) : foreign(route.protocol() == PROTOCOL);
        };
    }

    /** The route to ::1 comes when lo uses IPv6 again, after a time in which it could have none of ours. */
    private static Mechanism.Disturbance appeared(Route route) {
        return route.family() == IpFamily.IPV6 && route.destination().isLoopbackAddress()
                ? Mechanism.Disturbance.UNKNOWN
                : Mechanism.Disturbance.NONE;
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

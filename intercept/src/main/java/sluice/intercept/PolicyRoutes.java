// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sluice.linux.FileDescriptor;
import sluice.linux.GracePeriod;
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
    /** Where the required rules stand: at the wished priority unless others came first, see {@link RuleOrder}. */
    private final Map<IpFamily, Integer> places = new EnumMap<>(IpFamily.class);

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
            refuseConflicts(order(family, blueprint));
        }
        for (var family : families()) {
            var order = order(family, blueprint);
            addRules(order, order.place());
            for (var route : routes(family, blueprint)) {
                routes.replace(route);
            }
        }
        required = blueprint;
        findOthers(blueprint);
    }

    private RuleOrder order(IpFamily family, Blueprint blueprint) throws IOException {
        return new RuleOrder(family, routes.rules(family), blueprint);
    }

    private void addRules(RuleOrder order, int place) throws IOException {
        for (var rule : order.rulesAt(place)) {
            if (!order.present().contains(rule)) {
                routes.add(rule);
            }
        }
        places.put(order.family(), place);
    }

    private int place(IpFamily family, Blueprint blueprint) {
        return places.getOrDefault(family, blueprint.rulePriority());
    }

    /** Takes out what is ours but not in the blueprint, or not at the place where {@link #require} put it. */
    void dropOthers(Blueprint blueprint) throws IOException {
        for (var family : families()) {
            drop(family, rules(family, blueprint), routesWithoutMetric(family, blueprint));
        }
    }

    /**
     * Moves the rules in front of what others added before them, or back to where they are wished when the others are
     * gone. Old rules go when the new ones are there.
     *
     * @return what was moved, for the log
     */
    List<String> reorder() throws IOException {
        var blueprint = required;
        if (blueprint == null) {
            return List.of();
        }
        var moved = new ArrayList<String>();
        for (var family : families()) {
            var order = order(family, blueprint);
            if (order.place() != place(family, blueprint)) {
                addRules(order, order.place());
                moved.add(order.move(order.place()));
                drop(family, rules(family, blueprint), routesWithoutMetric(family, blueprint));
            }
        }
        findOthers(blueprint);
        return moved;
    }

    /** Takes out everything that is ours. */
    void removeAll() throws IOException {
        for (var family : families()) {
            drop(family, Set.of(), Set.of());
        }
        places.clear();
        required = null;
        warnings = List.of();
    }

    private void drop(IpFamily family, Set<PolicyRule> keptRules, Set<Route> keptRoutes) throws IOException {
        var rules = routes.rules(family);
        rules.removeIf(rule -> rule.protocol() != PROTOCOL || keptRules.contains(rule));
        if (!rules.isEmpty() && !keptRules.isEmpty()) {
            // A packet that was past the place of the new rules when they came has to find the old ones.
            var _ = GracePeriod.pass();
        }
        for (var rule : rules) {
            routes.delete(rule);
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
            var order = order(family, blueprint);
            if (order.place() != place(family, blueprint)
                    || !order.present().containsAll(rules(family, blueprint))
                    || !present.containsAll(routesWithoutMetric(family, blueprint))) {
                return false;
            }
        }
        return true;
    }

    private void refuseConflicts(RuleOrder order) throws IOException {
        order.refuseConflicts();
        var blueprint = order.blueprint();
        if (blueprint.redirections().isEmpty()) {
            return;
        }
        var ip = order.command();
        var table = Integer.toUnsignedString(blueprint.routeTable());
        for (var route : routes.routes(order.family(), blueprint.routeTable())) {
            if (route.protocol() != PROTOCOL) {
                throw new ConflictException("use routing table " + table + ": it holds somebody else's routes (" + ip
                        + " route show table " + table + "); choose another route-table, or empty it if they are"
                        + " leftovers: " + ip + " route flush table " + table);
            }
        }
    }

    /** Looks what rules of others come before ours, and tells whether ours have to move. */
    private boolean findOthers(Blueprint blueprint) throws IOException {
        var found = new ArrayList<String>();
        boolean outOfOrder = false;
        for (var family : families()) {
            var order = order(family, blueprint);
            int place = place(family, blueprint);
            found.addAll(order.warnings(place));
            outOfOrder |= order.place() != place;
        }
        warnings = List.copyOf(found);
        return outOfOrder;
    }

    private Set<PolicyRule> rules(IpFamily family, Blueprint blueprint) {
        return new RuleOrder(family, List.of(), blueprint).rulesAt(place(family, blueprint));
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
        var worst = news.stream().map(PolicyRoutes::judge).reduce(Mechanism.Disturbance.NONE, NftablesMechanism::worse);
        if (required != null && news.stream().anyMatch(event -> !(event instanceof RouteEvent.RouteChanged))) {
            boolean outOfOrder = findOthers(required);
            worst = NftablesMechanism.worse(
                    worst, outOfOrder ? Mechanism.Disturbance.OUT_OF_ORDER : Mechanism.Disturbance.NONE);
        }
        return worst;
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

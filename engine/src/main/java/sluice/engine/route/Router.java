// SPDX-License-Identifier: Apache-2.0
package sluice.engine.route;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import sluice.engine.flow.Destination;
import sluice.engine.flow.Owner;
import sluice.engine.flow.Transport;
import sluice.rules.DomainIndex;
import sluice.rules.NumberSets;
import sluice.rules.PrefixList;
import sluice.rules.Protocol;
import sluice.rules.Route;

/**
 * The routes of one configuration: the first one that fits decides. Immutable; any thread.
 *
 * <p>Each route is found through one index: by its names if it asks for any, else by its addresses, else by trying; long lists are indexes by
 * themselves. What a route asks for besides is checked one by one, lowest route first, and a route above the best one found so far is not looked at. So
 * the time grows with the routes that nearly fit and the long lists, not with the entries.
 */
public final class Router {
    /** Without routes: every flow takes the outbound of its cgroup's rule. */
    public static final Router EMPTY = new Router(List.of());

    final Conditions[] conditions;
    final NumberSets sets = new NumberSets();
    final DomainIndex domains = new DomainIndex(sets);
    final AddressIndex addresses;

    /** Long lists of addresses are looked up where they are; by ascending routes. */
    final List<LongList> addressLists;

    /** Routes that ask for neither name nor address; ascending. */
    final int[] others;

    /** Routes for which the first bytes of a flow matter; ascending. */
    private final int[] asking;

    private final boolean dependsOnOwner;
    private final Decision[] decisions;

    /** A list of addresses that is not in the index. */
    record LongList(PrefixList blocks, int route) {}

    /** Routes in their order, none of whose outbounds refuses all flows. */
    public Router(List<Route> routes) {
        this(routes, _ -> false);
    }

    /**
     * Routes in their order.
     *
     * @param refusing which outbounds let nothing out
     */
    public Router(List<Route> routes, Predicate<String> refusing) {
        conditions = routes.stream()
                .map(route -> Conditions.of(route, refusing.test(route.outbound())))
                .toArray(Conditions[]::new);
        decisions = routes.stream()
                .map(route -> new Decision(route.index(), route.outbound()))
                .toArray(Decision[]::new);
        var addressBuilder = new AddressIndex.Builder(sets);
        var longLists = new ArrayList<LongList>();
        var rest = new ArrayList<Integer>();
        for (int i = routes.size() - 1; i >= 0; i--) {
            var route = routes.get(i);
            var cidrs = route.cidrs();
            if (route.domains() != null) {
                domains.add(route.domains(), i);
            } else if (cidrs != null && conditions[i].own() == null) {
                if (cidrs.isLong()) {
                    longLists.add(new LongList(cidrs, i));
                } else {
                    addressBuilder.add(cidrs, i);
                }
            } else {
                rest.add(i);
            }
        }
        addresses = addressBuilder.build();
        addressLists = List.copyOf(longLists.reversed());
        domains.complete();
        sets.complete();
        others = rest.reversed().stream().mapToInt(Integer::intValue).toArray();
        asking = java.util.stream.IntStream.range(0, conditions.length)
                .filter(i -> conditions[i].dependsOnContent())
                .toArray();
        dependsOnOwner = Arrays.stream(conditions).anyMatch(Conditions::dependOnOwner);
    }

    /** Whether some route asks for an application. */
    boolean dependsOnOwner() {
        return dependsOnOwner;
    }

    /**
     * The route of a flow.
     *
     * @param protocol what the flow's first bytes are, null if that is not known
     * @param owner whose flow it is, unknown will do if no route asks for an application; one that does fits an unknown one only if its outbound
     *     lets nothing out: it might be the application
     */
    public Decision decide(Transport transport, Destination destination, @Nullable Protocol protocol, Owner owner) {
        if (conditions.length == 0) {
            return Decision.NONE;
        }
        int route = new Search(this, transport, destination, protocol, owner.cgroup(), false).first();
        return route == conditions.length ? Decision.NONE : decisions[route];
    }

    /**
     * Whether a flow's first bytes could change its decision: a route that asks for a protocol, or for a name where the destination has none,
     * comes before the route that fits anyway. A name that DNS gives as a hint is as good as none here. May say yes in vain where a route asks for an application too.
     */
    public boolean wantsName(Transport transport, Destination destination) {
        if (asking.length == 0) {
            return false;
        }
        // A hint may turn out to be wrong: what it would decide is not certain.
        var known = destination.isNamed() ? destination : new Destination(destination.endpoint());
        int certain = new Search(this, transport, known, null, null, true).first();
        var address = AddressNumber.of(destination);
        for (int route : asking) {
            if (route >= certain) {
                return false;
            }
            var condition = conditions[route];
            boolean open = !destination.isNamed() || !condition.protocols().isEmpty();
            if (open
                    && condition.possibleOver(transport)
                    && condition.fitAddress(transport, destination.endpoint().port(), address)) {
                return true;
            }
        }
        return false;
    }
}

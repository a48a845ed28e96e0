// SPDX-License-Identifier: Apache-2.0
package sluice.engine.route;

import org.jspecify.annotations.Nullable;
import sluice.engine.flow.Destination;
import sluice.engine.flow.Transport;
import sluice.rules.Protocol;

/** One look for the first route that fits one flow. */
final class Search implements DomainIndex.Matches {
    private final Router router;
    private final Transport transport;
    private final int port;
    private final AddressNumber address;
    private final @Nullable String name;
    private final @Nullable Protocol protocol;
    private final @Nullable String cgroup;
    private final boolean certain;

    /** The lowest route so far that fits. */
    private int best;

    /**
     * Prepares one.
     *
     * @param certain whether only routes count that fit whatever the flow's protocol and owner will turn out to be
     */
    Search(
            Router router,
            Transport transport,
            Destination destination,
            @Nullable Protocol protocol,
            @Nullable String cgroup,
            boolean certain) {
        this.router = router;
        this.transport = transport;
        this.port = destination.endpoint().port();
        this.address = AddressNumber.of(destination.endpoint().address());
        this.name = destination.name();
        this.protocol = protocol;
        this.cgroup = cgroup;
        this.certain = certain;
        this.best = router.conditions.length;
    }

    /** The route's place in the list; the list's size if none fits. */
    int first() {
        if (name != null) {
            router.domains.lookUp(name, this);
            searchIn(name);
        }
        var family = router.addresses.family(address);
        for (int block = family.block(address.high(), address.low());
                block != PrefixIndex.NONE;
                block = family.around(block)) {
            matched(family.set(block));
        }
        for (int route : router.others) {
            if (route >= best) {
                break;
            }
            if (fits(route)) {
                best = route;
            }
        }
        return best;
    }

    private void searchIn(String host) {
        for (var candidate : router.searched) {
            if (candidate.route() >= best) {
                break;
            }
            if (candidate.pattern().matches(host) && fits(candidate.route())) {
                best = candidate.route();
            }
        }
    }

    @Override
    public void matched(int set) {
        for (int at = set; at != RouteChains.EMPTY; at = router.chains.rest(at)) {
            int route = router.chains.route(at);
            if (route >= best) {
                return;
            }
            if (fits(route)) {
                best = route;
            }
        }
    }

    private boolean fits(int route) {
        var conditions = router.conditions[route];
        return conditions.fitAddress(transport, port, address)
                && conditions.fitProtocol(protocol)
                && (certain ? !conditions.dependOnOwner() : conditions.fitOwner(cgroup));
    }
}

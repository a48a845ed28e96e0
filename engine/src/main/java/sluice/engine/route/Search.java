// SPDX-License-Identifier: Apache-2.0
package sluice.engine.route;

import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;
import sluice.engine.flow.Destination;
import sluice.engine.flow.Transport;
import sluice.rules.Protocol;

/** One look for the first route that fits one flow. */
final class Search implements IntPredicate {
    private final Router router;
    private final Transport transport;
    private final int port;
    private final @Nullable AddressNumber address;
    private final @Nullable String name;
    private final @Nullable Protocol protocol;
    private final @Nullable String cgroup;
    private final boolean certain;

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
        this.address = AddressNumber.of(destination);
        this.name = destination.name();
        this.protocol = protocol;
        this.cgroup = cgroup;
        this.certain = certain;
    }

    /** The route's place in the list; the list's size if none fits. */
    int first() {
        int best = router.conditions.length;
        if (name != null) {
            best = router.domains.first(name, best, this);
        }
        if (address != null) {
            best = firstAround(address, best);
        }
        for (int route : router.others) {
            if (route >= best) {
                break;
            }
            if (test(route)) {
                best = route;
            }
        }
        return best;
    }

    private int firstAround(AddressNumber at, int limit) {
        int best = limit;
        var family = router.addresses.family(at);
        for (int block = family.block(at.high(), at.low()); block != PrefixIndex.NONE; block = family.around(block)) {
            best = router.sets.first(family.set(block), best, this);
        }
        for (var list : router.addressLists) {
            if (list.route() >= best) {
                break;
            }
            if (at.isIn(list.blocks()) && test(list.route())) {
                best = list.route();
            }
        }
        return best;
    }

    /** Whether what a route asks for besides fits. */
    @Override
    public boolean test(int route) {
        var conditions = router.conditions[route];
        return conditions.fitAddress(transport, port, address)
                && conditions.fitProtocol(protocol)
                && (certain ? !conditions.dependOnOwner() : conditions.fitOwner(cgroup));
    }
}

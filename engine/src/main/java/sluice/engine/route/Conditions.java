// SPDX-License-Identifier: Apache-2.0
package sluice.engine.route;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sluice.engine.flow.Transport;
import sluice.rules.OwnerPattern;
import sluice.rules.PortRange;
import sluice.rules.PrefixList;
import sluice.rules.Protocol;
import sluice.rules.Route;

/**
 * What a route asks for beside what its index is made of.
 *
 * @param transport the only one that fits, or null
 * @param own destination addresses, where the route stands in another index
 * @param refuses whether the route's outbound lets nothing out: then an application that is not known may be one of {@code apps} and
 *     {@code units}
 */
record Conditions(
        @Nullable Transport transport,
        List<PortRange> ports,
        @Nullable PrefixList own,
        boolean named,
        Set<Protocol> protocols,
        List<OwnerPattern> apps,
        List<OwnerPattern> units,
        boolean refuses) {

    static Conditions of(Route route, boolean refuses) {
        var transport = switch (route.network()) {
            case ANY -> null;
            case TCP -> Transport.TCP;
            case UDP -> Transport.UDP;
        };
        boolean named = route.domains() != null;
        // The index of addresses is asked for what does not depend on the flow's first bytes only.
        boolean elsewhere = named || !route.protocols().isEmpty();
        var cidrs = route.cidrs();
        var own = elsewhere ? cidrs : null;
        return new Conditions(
                transport, route.ports(), own, named, route.protocols(), route.apps(), route.units(), refuses);
    }

    /** Whether the flow's first bytes can make a difference. */
    boolean dependsOnContent() {
        return named || !protocols.isEmpty();
    }

    /** Whether everything fits that is known from the first packet on. */
    boolean fitAddress(Transport of, int port, @Nullable AddressNumber address) {
        return (transport == null || transport == of)
                && (ports.isEmpty() || fits(port))
                && (own == null || (address != null && address.isIn(own)));
    }

    private boolean fits(int port) {
        for (var range : ports) {
            if (range.contains(port)) {
                return true;
            }
        }
        return false;
    }

    boolean fitProtocol(@Nullable Protocol protocol) {
        return protocols.isEmpty() || (protocol != null && protocols.contains(protocol));
    }

    /** Whether flows of this transport can be of one of the protocols. */
    boolean possibleOver(Transport of) {
        return protocols.isEmpty()
                || (of == Transport.UDP
                        ? protocols.contains(Protocol.QUIC)
                        : protocols.contains(Protocol.TLS) || protocols.contains(Protocol.HTTP));
    }

    boolean dependOnOwner() {
        return !apps.isEmpty() || !units.isEmpty();
    }

    boolean fitOwner(@Nullable String cgroup) {
        return cgroup == null ? refuses || !dependOnOwner() : fits(apps, cgroup) && fits(units, cgroup);
    }

    private static boolean fits(List<OwnerPattern> patterns, String cgroup) {
        if (patterns.isEmpty()) {
            return true;
        }
        for (var pattern : patterns) {
            if (pattern.matches(cgroup)) {
                return true;
            }
        }
        return false;
    }
}

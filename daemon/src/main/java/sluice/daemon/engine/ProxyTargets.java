// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.engine;

import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;
import sluice.rules.Configuration;
import sluice.rules.Route;
import sluice.rules.Target;
import sluice.rules.UdpCarriers;

/** Which outbounds the kernel has to be able to send flows to, and what they can carry. */
public final class ProxyTargets {
    private static final String DIRECT = "direct";
    private static final String BLOCK = "block";

    private ProxyTargets() {}

    /**
     * The targets of a configuration.
     *
     * @param others outbounds that are targets for another reason, if they are known: programs of {@code sluice run} use them
     */
    public static Set<String> of(Configuration configuration, Collection<String> others) {
        var targets = new TreeSet<String>();
        for (var rule : configuration.rules()) {
            if (rule.target() instanceof Target.Proxy(var outbound)) {
                targets.add(outbound);
            }
        }
        others.stream().filter(name -> isKnown(configuration, name)).forEach(targets::add);
        return targets;
    }

    /** Whether there is such an outbound. */
    public static boolean isKnown(Configuration configuration, String outbound) {
        return outbound.equals(DIRECT)
                || outbound.equals(BLOCK)
                || configuration.outbounds().containsKey(outbound);
    }

    /**
     * Whether some UDP flow of the target may get out: through the outbound, or a member of it, or by a route. Otherwise the kernel
     * refuses UDP on the spot.
     */
    static boolean mayCarryUdp(Configuration configuration, String target) {
        var carriers = new UdpCarriers(configuration.outbounds());
        return carriers.contains(target)
                || configuration.routes().stream()
                        .filter(route -> route.network() != Route.Network.TCP)
                        .anyMatch(route -> carriers.contains(route.outbound()));
    }
}

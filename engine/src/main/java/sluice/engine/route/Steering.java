// SPDX-License-Identifier: Apache-2.0
package sluice.engine.route;

import java.util.Set;
import sluice.engine.flow.Destination;
import sluice.engine.flow.Flow;
import sluice.engine.outbound.Outbounds;
import sluice.engine.outbound.Way;
import sluice.rules.EngineSettings;

/**
 * What new flows are decided with: the routes, the outbounds and the settings of one configuration. Replaced as a whole by a reload; flows
 * that are decided stay so. Immutable but for the state of groups; any thread.
 */
public final class Steering {
    private final Outbounds outbounds;
    private final Set<Integer> ownPorts;
    private final EngineSettings settings;

    /**
     * A configuration's.
     *
     * @param ownPorts where the engine itself listens on loopback
     */
    public Steering(Outbounds outbounds, Set<Integer> ownPorts, EngineSettings settings) {
        this.outbounds = outbounds;
        this.ownPorts = Set.copyOf(ownPorts);
        this.settings = settings;
    }

    /** The settings. */
    public EngineSettings settings() {
        return settings;
    }

    /** Whether a flow to this destination would come back to the engine. */
    public boolean wouldLoop(Destination destination) {
        var endpoint = destination.endpoint();
        return ownPorts.contains(endpoint.port()) && endpoint.address().isLoopbackAddress();
    }

    /** Whether a TCP flow's first bytes are worth waiting for, because a name would change its way. */
    public boolean wantsName(Flow flow) {
        return false;
    }

    /** Chooses the flow's way and notes it there. On the flow's owner thread. */
    public Way way(Flow flow) {
        var way = outbounds.way(flow.target(), flow.destination(), flow.transport());
        flow.path(new Flow.Path(-1, way.outbounds()));
        return way;
    }
}

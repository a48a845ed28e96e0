// SPDX-License-Identifier: Apache-2.0
package sluice.engine.route;

import java.util.Set;
import org.jspecify.annotations.Nullable;
import sluice.dns.NameService;
import sluice.dns.NameService.Meaning;
import sluice.engine.flow.Destination;
import sluice.engine.flow.Flow;
import sluice.engine.flow.Owner;
import sluice.engine.outbound.Outbounds;
import sluice.engine.outbound.Way;
import sluice.linux.InetEndpoint;
import sluice.rules.EngineSettings;
import sluice.rules.Protocol;

/**
 * What new flows are decided with: the routes, the outbounds and the settings of one configuration. Replaced as a whole by a reload; flows
 * that are decided stay so. Immutable but for the state of groups; any thread.
 */
public final class Steering {
    private final Router router;
    private final Outbounds outbounds;
    private final Set<Integer> ownPorts;
    private final EngineSettings settings;
    private final SniffRules sniffing;
    private final @Nullable NameService names;
    private final OwnProxies ownProxies;

    /**
     * A configuration's.
     *
     * @param ownPorts where the engine itself listens on loopback
     * @param names answers what goes to port 53, and knows what addresses mean; null: port 53 is as any other
     * @param ownProxies knows flows that must not go to the proxy that sends them
     */
    public Steering(
            Router router,
            Outbounds outbounds,
            Set<Integer> ownPorts,
            EngineSettings settings,
            @Nullable NameService names,
            OwnProxies ownProxies) {
        this(router, outbounds, Set.copyOf(ownPorts), settings, new SniffRules(settings.sniff()), names, ownProxies);
    }

    private Steering(
            Router router,
            Outbounds outbounds,
            Set<Integer> ownPorts,
            EngineSettings settings,
            SniffRules sniffing,
            @Nullable NameService names,
            OwnProxies ownProxies) {
        this.router = router;
        this.outbounds = outbounds;
        this.ownPorts = ownPorts;
        this.settings = settings;
        this.sniffing = sniffing;
        this.names = names;
        this.ownProxies = ownProxies;
    }

    /** The settings. */
    public EngineSettings settings() {
        return settings;
    }

    /** The same with another DNS. */
    public Steering with(@Nullable NameService changed) {
        return new Steering(router, outbounds, ownPorts, settings, sniffing, changed, ownProxies);
    }

    /** Our own DNS, or null. */
    public @Nullable NameService names() {
        return names;
    }

    /** What DNS knows of a destination; a lease in it is the caller's. */
    public Meaning meaning(InetEndpoint destination) {
        try {
            return names == null ? Meaning.ADDRESS : names.meaning(destination.address());
        } catch (RuntimeException _) {
            // An error of ours ends this flow, not the loop that asks; what may be made up is not dialled.
            return Meaning.FORGOTTEN;
        }
    }

    /** Whether a flow to this destination would come back to the engine. */
    public boolean wouldLoop(Destination destination) {
        var endpoint = destination.endpoint();
        return endpoint.address().isLoopbackAddress() && ownPorts.contains(endpoint.port());
    }

    /** Whether a flow's first bytes are worth waiting for, because its way or what a proxy is told depends on them. */
    public boolean wantsName(Flow flow) {
        return (router.wantsName(flow.transport(), flow.destination()) || sniffing.isTold(flow))
                && sniffing.mayLookInto(flow.destination().endpoint().port());
    }

    /** Notes what a flow's first bytes say, unless that name counts as none. On the flow's owner thread. */
    public void said(Flow flow, String name) {
        sniffing.said(flow, name);
    }

    /**
     * Whether something about a flow depends on whose it is: its route, what a proxy is told, where its made-up destination leads. Limits of applications
     * ask by themselves.
     */
    public boolean dependsOnOwner(Destination destination) {
        return router.dependsOnOwner() || settings.userAgent() || destination.isMadeUp();
    }

    /**
     * Chooses the flow's way and notes it there. On the flow's owner thread.
     *
     * @param protocol what the flow's first bytes are, null if that is not known
     */
    public Way way(Flow flow, @Nullable Protocol protocol) {
        var owner = router.dependsOnOwner() ? flow.owner() : Owner.UNKNOWN;
        var decision = router.decide(flow.transport(), flow.destination(), protocol, owner);
        var chosen = decision.outbound();
        var way = outbounds.way(chosen == null ? flow.target() : chosen, flow.destination(), flow.transport());
        flow.path(new Flow.Path(decision.route(), way.outbounds()));
        return ownProxies.checked(flow, way, outbounds);
    }
}

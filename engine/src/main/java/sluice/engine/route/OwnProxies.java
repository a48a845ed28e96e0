// SPDX-License-Identifier: Apache-2.0
package sluice.engine.route;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import sluice.engine.Attribution;
import sluice.engine.flow.Flow;
import sluice.engine.flow.FlowEnd;
import sluice.engine.outbound.Outbounds;
import sluice.engine.outbound.Way;
import sluice.linux.InetEndpoint;

/**
 * Knows flows that a proxy on loopback sends and that would be given to that same proxy: each of them would become another one, without end. Any
 * thread.
 *
 * @param attribution knows the cgroups of flows and of listening sockets
 * @param warnings hears of each proxy and cgroup once
 * @param told what was said already
 */
public record OwnProxies(Attribution attribution, Consumer<String> warnings, Set<String> told) {
    /** Cgroups come and go; more than this is not remembered. */
    private static final int MAX_TOLD = 1000;

    /** Nothing was said yet. */
    public OwnProxies(Attribution attribution, Consumer<String> warnings) {
        this(attribution, warnings, ConcurrentHashMap.newKeySet());
    }

    /** The way, or a refusal where it leads the flow back to the proxy that sends it. */
    Way checked(Flow flow, Way way, Outbounds outbounds) {
        // Our own socket is connected to a proxy in these only.
        boolean talks = way instanceof Way.Negotiated || way instanceof Way.Associated || way instanceof Way.Unresolved;
        var reason = talks ? reason(flow, way.outbounds(), outbounds) : null;
        return reason == null ? way : new Way.Refused(way.outbounds(), FlowEnd.LOOP, reason);
    }

    private @Nullable String reason(Flow flow, List<String> names, Outbounds outbounds) {
        var proxy = outbounds.loopbackProxy(names);
        if (proxy == null || !isSentBy(flow, proxy)) {
            return null;
        }
        String cgroup = flow.owner().cgroup();
        var reason = "outbound " + names.getLast() + ": the proxy at " + proxy + " runs in " + cgroup
                + ", which is itself sent to it: each of its connections would come back to it; put the proxy into a cgroup"
                + " of its own that a rule lets go direct, before the rule that sends others to it";
        if (told.size() < MAX_TOLD && told.add(proxy + " " + cgroup)) {
            warnings.accept(reason);
        }
        return reason;
    }

    private boolean isSentBy(Flow flow, InetEndpoint proxy) {
        try {
            var cgroups = attribution.listeners(proxy);
            // Whose the flow is costs a question to the kernel.
            var cgroup = cgroups.isEmpty() ? null : flow.owner().cgroup();
            return cgroup != null && cgroups.contains(cgroup);
        } catch (RuntimeException _) {
            return false;
        }
    }
}

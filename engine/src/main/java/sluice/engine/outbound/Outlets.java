// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import sluice.engine.flow.Destination;
import sluice.engine.flow.FlowEnd;
import sluice.engine.flow.Transport;
import sluice.linux.InetEndpoint;
import sluice.rules.Endpoint;

/**
 * The outbounds of one configuration, ready for use. Immutable, but for the choices of groups.
 *
 * @param nodes by name, with {@code direct} and {@code block}
 * @param hint hears of a group and its member that a flow could not get through
 */
record Outlets(Map<String, Node> nodes, Connector connector, BiConsumer<GroupState, String> hint) {
    /** What a name stands for. */
    sealed interface Node {
        /** Straight out. */
        record Straight(Exit exit) implements Node {}

        /** Nowhere. */
        record Nowhere() implements Node {}

        /** A proxy, whose connection another outbound carries unless {@code via} is null. */
        record Through(Proxy proxy, @Nullable String via, Exit exit) implements Node {}

        /** Another one, as the group chooses. */
        record Choice(GroupState group) implements Node {}
    }

    private record Chosen(GroupState group, String member) {}

    /** Where a flow's outbound leads at this moment: a chain, or a reason why nowhere. */
    record Resolved(List<String> names, @Nullable Chain chain, String refusal) {}

    /**
     * Follows a name.
     *
     * @param host the destination's, for groups that choose by it
     */
    Resolved resolve(String outbound, String host) {
        var names = new ArrayList<String>(4);
        var proxies = new ArrayDeque<Proxy>(2);
        var choices = new ArrayList<Chosen>(2);
        var at = outbound;
        while (true) {
            names.add(at);
            switch (nodes.get(at)) {
                case null -> {
                    return new Resolved(names, null, "there is no outbound " + at + " any more");
                }
                case Node.Nowhere() -> {
                    return new Resolved(names, null, "outbound " + at + " lets nothing out");
                }
                case Node.Straight(Exit exit) -> {
                    return resolved(names, proxies, exit, choices);
                }
                case Node.Through(Proxy proxy, String via, Exit exit) -> {
                    proxies.addFirst(proxy);
                    if (via == null) {
                        return resolved(names, proxies, exit, choices);
                    }
                    at = via;
                }
                case Node.Choice(GroupState group) -> {
                    at = group.pick(host);
                    choices.add(new Chosen(group, at));
                }
            }
        }
    }

    private Resolved resolved(List<String> names, ArrayDeque<Proxy> proxies, Exit exit, List<Chosen> choices) {
        var chain = new Chain(
                names,
                List.copyOf(proxies),
                exit,
                connector,
                failure -> choices.forEach(choice -> hint.accept(choice.group(), choice.member())));
        return new Resolved(names, chain, "");
    }

    /** Where the proxy is that our socket is connected to, if it is one on loopback. */
    @Nullable
    InetEndpoint loopbackProxy(List<String> outbounds) {
        // Behind the nearest proxy there are at most groups, and what leads straight out.
        for (String name : outbounds.reversed()) {
            if (nodes.get(name) instanceof Node.Through(Proxy proxy, String _, Exit _)) {
                return loopback(proxy.server());
            }
        }
        return null;
    }

    private static @Nullable InetEndpoint loopback(Endpoint server) {
        // The one name that always is this machine's (RFC 6761, section 6.3).
        var host = server.host().equals("localhost") ? "127.0.0.1" : server.host();
        var address = Peer.of(host, server.port()).address();
        return address != null && address.isLoopbackAddress() ? new InetEndpoint(address, server.port()) : null;
    }

    Way way(String outbound, Destination destination, Transport transport) {
        var endpoint = destination.endpoint();
        if (!destination.isMadeUp() && connector.guard().refuses(endpoint)) {
            return new Way.Refused(List.of(outbound), FlowEnd.LOOP, endpoint + " is this engine itself");
        }
        // The commonest way by far: nothing is looked for and little is made.
        boolean hasOthers = destination.isReliable() && transport == Transport.TCP;
        if (nodes.get(outbound) instanceof Node.Straight(Exit exit) && !destination.isMadeUp() && !hasOthers) {
            return exit.way(List.of(outbound), endpoint);
        }
        var resolved = resolve(outbound, destination.host());
        var chain = resolved.chain();
        if (chain == null) {
            return new Way.Refused(resolved.names(), FlowEnd.BLOCKED, resolved.refusal());
        }
        if (destination.isMadeUp() && Peer.of(destination).name() == null) {
            return new Way.Refused(resolved.names(), FlowEnd.UNREACHABLE, destination.name() + " is no host's name");
        }
        return transport == Transport.TCP ? chain.wayOfTcp(destination) : chain.wayOfUdp(destination);
    }
}

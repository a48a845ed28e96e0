// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import sluice.engine.outbound.Outlets.Node;
import sluice.rules.Marks;
import sluice.rules.Outbound;

/**
 * Makes outlets of a configuration, with the groups' state of the one before as far as it still holds.
 *
 * @param outbounds as configured
 * @param groups in the order of the configuration
 */
record OutletPlan(Map<String, Outbound> outbounds, Outlets outlets, List<GroupState> groups) {
    static final String DIRECT = "direct";
    static final String BLOCK = "block";

    static OutletPlan empty(Connector connector) {
        var nodes = Map.<String, Node>of(
                DIRECT, new Node.Straight(Exit.of(DIRECT, Outbound.Dial.PLAIN, 0)), BLOCK, new Node.Nowhere());
        return new OutletPlan(Map.of(), new Outlets(nodes, connector, (group, member) -> {}), List.of());
    }

    static OutletPlan make(
            Map<String, Outbound> outbounds,
            Marks marks,
            boolean userAgent,
            Connector connector,
            Choices choices,
            OutletPlan before,
            BiConsumer<GroupState, String> hint)
            throws IOException {
        var nodes = new HashMap<String, Node>();
        nodes.put(DIRECT, new Node.Straight(Exit.of(DIRECT, Outbound.Dial.PLAIN, marks.guard())));
        nodes.put(BLOCK, new Node.Nowhere());
        var groups = new ArrayList<GroupState>();
        var inherited = new Inheritance(before, outbounds);
        for (var outbound : outbounds.values()) {
            var node = switch (outbound) {
                case Outbound.Block block -> new Node.Nowhere();
                case Outbound.Direct direct -> new Node.Straight(exit(direct, marks));
                case Outbound.Socks5 socks -> through(new Socks5Proxy(socks), socks, marks);
                case Outbound.Http http ->
                    through(
                            new HttpProxy(
                                    http,
                                    userAgent,
                                    trust(http),
                                    connector.parking().buffers()),
                            http,
                            marks);
                case Outbound.Group group -> {
                    var state = inherited.state(group, choices.of(group.name()));
                    groups.add(state);
                    yield new Node.Choice(state);
                }
            };
            nodes.put(outbound.name(), node);
        }
        return new OutletPlan(
                new LinkedHashMap<>(outbounds), new Outlets(Map.copyOf(nodes), connector, hint), List.copyOf(groups));
    }

    /** The same with other bits for the loop guard. */
    OutletPlan guarded(int former, int bits) {
        var nodes = new HashMap<String, Node>();
        outlets.nodes()
                .forEach((name, node) -> nodes.put(
                        name,
                        switch (node) {
                            case Node.Straight(var exit) -> new Node.Straight(exit.guarded(former, bits));
                            case Node.Through(var proxy, var via, var exit) ->
                                new Node.Through(proxy, via, exit.guarded(former, bits));
                            case Node.Nowhere _, Node.Choice _ -> node;
                        }));
        return new OutletPlan(outbounds, new Outlets(Map.copyOf(nodes), outlets.connector(), outlets.hint()), groups);
    }

    private static Exit exit(Outbound.Dialing outbound, Marks marks) {
        return Exit.of(outbound.name(), outbound.dial(), marks.guard());
    }

    private static Node through(Proxy proxy, Outbound.Dialing outbound, Marks marks) {
        return new Node.Through(proxy, outbound.dial().via().orElse(null), exit(outbound, marks));
    }

    private static @Nullable TlsTrust trust(Outbound.Http http) throws IOException {
        Optional<Outbound.Tls> tls = http.tls();
        return tls.isEmpty()
                ? null
                : TlsTrust.of(
                        "outbound " + http.name(), tls.get().ca(), tls.get().sni());
    }
}

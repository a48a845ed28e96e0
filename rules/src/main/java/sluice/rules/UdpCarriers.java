// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Which outbounds can carry UDP. Immutable.
 *
 * @param outbounds by name, without the built-in ones
 */
public record UdpCarriers(Map<String, Outbound> outbounds) {
    private static final String DIRECT = "direct";

    /** Whether an outbound, or some member of it, can carry UDP; no outbound of an unknown name does. */
    public boolean contains(String outbound) {
        return carries(outbound, new HashSet<>());
    }

    private boolean carries(String name, Set<String> seen) {
        if (name.equals(DIRECT)) {
            return true;
        }
        return seen.add(name)
                && switch (outbounds.get(name)) {
                    case Outbound.Direct _ -> true;
                    case Outbound.Socks5 socks ->
                        socks.udp()
                                && socks.dial()
                                        .via()
                                        .map(via -> leadsStraightOut(via, new HashSet<>()))
                                        .orElse(true);
                    case Outbound.Group group -> group.outbounds().stream().anyMatch(member -> carries(member, seen));
                    case Outbound.Http _, Outbound.Block _ -> false;
                    case null -> false;
                };
    }

    /** No proxy carries the datagrams of another one. */
    private boolean leadsStraightOut(String name, Set<String> seen) {
        if (name.equals(DIRECT)) {
            return true;
        }
        return seen.add(name)
                && switch (outbounds.get(name)) {
                    case Outbound.Direct _ -> true;
                    case Outbound.Group group ->
                        group.outbounds().stream().anyMatch(member -> leadsStraightOut(member, seen));
                    case null, default -> false;
                };
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.util.List;

/**
 * One entry of {@code routes}: flows that fit every list which is not empty take {@code outbound}.
 *
 * @param index place in the list, from 0
 * @param domains destination names
 * @param cidrs destination addresses
 * @param ports destination ports
 * @param network transport protocol. Default any
 * @param apps desktop application ids
 * @param outbound key of {@link Configuration#outbounds()}, or the built-in {@code direct} or {@code block}
 */
public record Route(
        int index,
        List<DomainPattern> domains,
        List<Prefix> cidrs,
        List<PortRange> ports,
        Network network,
        List<String> apps,
        String outbound) {

    /** Keeps unmodifiable lists. */
    public Route {
        domains = List.copyOf(domains);
        cidrs = List.copyOf(cidrs);
        ports = List.copyOf(ports);
        apps = List.copyOf(apps);
    }

    /** Transport protocols. */
    public enum Network {
        /** TCP and UDP. */
        ANY,
        /** TCP only. */
        TCP,
        /** UDP only. */
        UDP
    }
}

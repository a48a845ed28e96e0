// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One entry of {@code routes}: flows that fit every condition take {@code outbound}. A condition that is null or an empty
 * collection is absent; a list without entries, from an empty file, fits nothing.
 *
 * @param index place in the list, from 0
 * @param domains destination names, those of files included; or null
 * @param cidrs destination addresses, those of files included; or null
 * @param ports destination ports
 * @param network transport protocol. Default any
 * @param protocols what the flow's first bytes are
 * @param apps desktop applications
 * @param units systemd units
 * @param outbound key of {@link Configuration#outbounds()}, or the built-in {@code direct} or {@code block}
 * @param nftSet name of the kernel's set that gets the addresses of the names, so that flows to them do not even come to the engine; then
 *     {@code outbound} is {@code direct} and the only condition is {@code domains}. Default empty: none
 */
public record Route(
        int index,
        @Nullable DomainList domains,
        @Nullable PrefixList cidrs,
        List<PortRange> ports,
        Network network,
        Set<Protocol> protocols,
        List<OwnerPattern> apps,
        List<OwnerPattern> units,
        String outbound,
        Optional<String> nftSet) {

    /** Keeps unmodifiable lists. */
    public Route {
        ports = List.copyOf(ports);
        protocols = Set.copyOf(protocols);
        apps = List.copyOf(apps);
        units = List.copyOf(units);
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

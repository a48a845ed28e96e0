// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;

/**
 * The meaning of {@code bypass: [lan]}. A network tells this machine by DHCP or router advertisements what it is connected
 * to, and may say anything: so only blocks count whose addresses are not routed in the internet.
 */
public final class Lan {
    /** RFC 1918, RFC 3927, RFC 4193 and link-local IPv6. */
    private static final PrefixSet RANGES = PrefixSet.merge(
            Stream.of("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "fc00::/7", "fe80::/10")
                    .map(Prefix::parse)
                    .toList());

    private Lan() {}

    /** Those of the connected networks that lie in private and link-local ranges as a whole, in a fixed order. */
    public static List<Prefix> of(Collection<Prefix> connected) {
        return connected.stream()
                .filter(RANGES::covers)
                .distinct()
                .sorted((a, b) -> a.toString().compareTo(b.toString()))
                .toList();
    }
}

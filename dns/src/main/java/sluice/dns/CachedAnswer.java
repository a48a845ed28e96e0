// SPDX-License-Identifier: Apache-2.0
package sluice.dns;

import java.time.Duration;
import java.util.List;

/**
 * An answer in the cache.
 *
 * @param name lower case, without a trailing dot
 * @param type mnemonic of the type, such as {@code AAAA}
 * @param rcode mnemonic of its code, such as {@code NXDOMAIN}
 * @param servers of which one gave it, as in the configuration; empty when no rule has them any longer
 * @param age since it was given
 * @param left until it is over; zero when it is
 * @param addresses in it
 * @param bytes what it takes in memory, about
 */
public record CachedAnswer(
        String name,
        String type,
        String rcode,
        List<String> servers,
        Duration age,
        Duration left,
        List<String> addresses,
        int bytes) {
    /** Keeps unmodifiable lists. */
    public CachedAnswer {
        servers = List.copyOf(servers);
        addresses = List.copyOf(addresses);
    }
}

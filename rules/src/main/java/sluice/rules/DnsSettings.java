// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The built-in DNS server.
 *
 * @param mode what it answers with. Default {@code off}
 * @param ipv4 pool of made-up IPv4 addresses. Default 198.18.0.0/15 (RFC 2544)
 * @param ipv6 pool of made-up IPv6 addresses. Default fd00:5315::/96
 * @param servers upstream resolvers: {@code udp}, {@code tcp}, {@code tls} or {@code https} URIs. Default none: the
 *     system's
 * @param file where made-up addresses are remembered, absolute. Empty ({@code AUTO}, default): in the state directory
 */
public record DnsSettings(Mode mode, Prefix ipv4, Prefix ipv6, List<URI> servers, Optional<Path> file) {
    /** The values used where the file says nothing. */
    public static final DnsSettings DEFAULT = new DnsSettings(
            Mode.OFF, Prefix.parse("198.18.0.0/15"), Prefix.parse("fd00:5315::/96"), List.of(), Optional.empty());

    /** Keeps an unmodifiable list of servers. */
    public DnsSettings {
        servers = List.copyOf(servers);
    }

    /** What the DNS server answers with. */
    public enum Mode {
        /** There is no DNS server. */
        OFF,
        /** The true addresses. */
        REAL,
        /** Made-up addresses that stand for the names. */
        FAKE_IP
    }
}

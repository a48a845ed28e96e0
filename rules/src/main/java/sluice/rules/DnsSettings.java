// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The built-in DNS server, which answers the queries of applications that a rule sends to the engine.
 *
 * @param mode what it answers with. Default {@code off}
 * @param ipv4 pool of made-up IPv4 addresses. Default 198.18.0.0/15 (RFC 2544)
 * @param ipv6 pool of made-up IPv6 addresses. Default fd00:5315::/96
 * @param fakeTtl how long applications may remember a fake IP; 1 second to 1 day. Default 1 minute
 * @param servers upstream resolvers of queries that no rule gives others. Default none: the system's
 * @param strategy how the servers of one query are asked. Default ordered
 * @param rules exceptions, first match wins. Default none
 * @param cacheSize most answers of upstream servers that are remembered; 0: none. Default 10,000
 * @param stale how long after its time an answer may still be given when no server answers (RFC 8767); zero: never. Default 1 day
 * @param verify whether servers are asked if a name exists before it gets a fake IP. Default false
 * @param log whether every query is logged. Default false
 * @param file where fake IPs are remembered, absolute. Empty ({@code AUTO}, default): in the state directory
 */
public record DnsSettings(
        Mode mode,
        Prefix ipv4,
        Prefix ipv6,
        Duration fakeTtl,
        List<DnsServer> servers,
        Strategy strategy,
        List<DnsRule> rules,
        int cacheSize,
        Duration stale,
        boolean verify,
        boolean log,
        Optional<Path> file) {
    /** The values used where the file says nothing. */
    public static final DnsSettings DEFAULT = new DnsSettings(
            Mode.OFF,
            Prefix.parse("198.18.0.0/15"),
            Prefix.parse("fd00:5315::/96"),
            Duration.ofMinutes(1),
            List.of(),
            Strategy.ORDERED,
            List.of(),
            10_000,
            Duration.ofDays(1),
            false,
            false,
            Optional.empty());

    /** Keeps unmodifiable lists. */
    public DnsSettings {
        servers = List.copyOf(servers);
        rules = List.copyOf(rules);
    }

    /** What the DNS server answers with. */
    public enum Mode {
        /** There is no DNS server. */
        OFF,
        /** The true addresses. */
        REAL,
        /** Fake IPs that stand for the names. */
        FAKE_IP
    }

    /** How several servers are asked. */
    public enum Strategy {
        /** One after the other, until one answers. */
        ORDERED,
        /** All at once; the first answer counts. */
        PARALLEL
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.dns;

import java.util.List;
import java.util.Optional;

/**
 * What a query would be answered with, by whom, and why; nobody was asked for it.
 *
 * @param name lower case, without a trailing dot
 * @param type mnemonic of the type
 * @param kind what is done with it
 * @param rule the entry of {@code dns.rules} that decides, -1 if none does
 * @param reason why, in words for people
 * @param servers who are asked, as in the configuration; empty where nobody is
 * @param set the kernel's set that gets the addresses
 * @param cached what is remembered for it
 * @param addresses what would be given at once: made-up or remembered ones, none where a server has to be asked
 */
public record Explanation(
        String name,
        String type,
        Kind kind,
        int rule,
        String reason,
        List<String> servers,
        Optional<String> set,
        Optional<CachedAnswer> cached,
        List<String> addresses) {
    /** Keeps unmodifiable lists. */
    public Explanation {
        servers = List.copyOf(servers);
        addresses = List.copyOf(addresses);
    }

    /** The same for another reason. */
    Explanation because(String other) {
        return new Explanation(name, type, kind, rule, other, servers, set, cached, addresses);
    }

    /** What is done with a query. */
    public enum Kind {
        /** A server's answer. */
        REAL,
        /** A fake IP, or the name of one. */
        FAKE,
        /** REFUSED. */
        REFUSED,
        /** The loopback addresses. */
        LOOPBACK,
        /** No records of this type. */
        EMPTY,
        /** NXDOMAIN. */
        NONEXISTENT
    }
}

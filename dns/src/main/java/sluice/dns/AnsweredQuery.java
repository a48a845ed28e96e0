// SPDX-License-Identifier: Apache-2.0
package sluice.dns;

import java.time.Duration;

/**
 * A query and what became of it, for the log.
 *
 * @param asker who asked; for the cgroup a system call may be needed
 * @param name lower case, without a trailing dot
 * @param type mnemonic of the type, such as {@code AAAA}
 * @param rcode mnemonic of the answer's code, such as {@code NOERROR}
 * @param source where the answer came from
 * @param server who gave it, as in the configuration; empty where none was asked
 * @param rule the entry of {@code dns.rules} that fits, -1 if none does
 * @param took from the query to the answer
 */
public record AnsweredQuery(
        Asker asker, String name, String type, String rcode, Source source, String server, int rule, Duration took) {
    /** Where an answer came from. */
    public enum Source {
        /** A server. */
        SERVER,
        /** The cache. */
        CACHE,
        /** The cache, after the answer's time. */
        STALE,
        /** The pool of fake IPs; also where the name's have to be kept from being shown beside them. */
        FAKE,
        /** What the name or the rule says. */
        LOCAL,
        /** Nowhere: no server answered, or too many wait. */
        NOWHERE
    }
}

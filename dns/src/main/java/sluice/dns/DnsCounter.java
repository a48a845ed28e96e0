// SPDX-License-Identifier: Apache-2.0
package sluice.dns;

/** What is counted about DNS. */
public enum DnsCounter {
    /** Messages of applications. */
    QUERIES,
    /** Of those: not worth an answer, as they are responses or too short. */
    IGNORED,
    /** Answered with FORMERR. */
    MALFORMED,
    /** Answered with NOTIMP or BADVERS: other opcodes, zone transfers, later versions of EDNS. */
    NOT_SUPPORTED,
    /** Answered by what the name is: localhost, names that exist nowhere, private addresses. */
    SPECIAL,
    /** Answered with REFUSED because a rule says so. */
    REFUSED,
    /** Answered with a fake IP, with the name of one, or with nothing where the answer would show true addresses beside them. */
    FAKE,
    /** Answered with SERVFAIL because no fake IP is free. */
    NO_FAKE,
    /** Answered from the cache in time. */
    CACHED,
    /** Answered from the cache after its time, as no server answered. */
    STALE,
    /** Answered by a server. */
    FORWARDED,
    /** Queries that waited for an answer that was under way already. */
    JOINED,
    /** Answered with SERVFAIL because no server answered. */
    FAILED,
    /** Answered with SERVFAIL because too many wait already. */
    OVER_LIMIT,
    /** Asked again before an answer's time is over. */
    PREFETCHED,
    /** Questions to servers, each counted once whatever it takes. */
    ASKED,
    /** Of those: not answered. */
    NOT_ANSWERED,
    /** Datagrams that came back and were not the answer: a wrong id, question or case. */
    NOT_BELIEVED
}

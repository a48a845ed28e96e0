// SPDX-License-Identifier: Apache-2.0
package sluice.dns;

import java.net.InetAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sluice.dns.AnsweredQuery.Source;
import sluice.dns.cache.CacheEntry;
import sluice.dns.message.Answer;
import sluice.dns.message.AnswerReader;
import sluice.dns.message.Query;

/**
 * What a look for an answer brought.
 *
 * @param age how many seconds ago it was given
 * @param server who gave it, as in the configuration; empty where that is not known
 * @param entry where it is remembered, or null
 */
record Found(
        Answer answer,
        Source source,
        int age,
        String server,
        @Nullable CacheEntry entry) {
    /** What RFC 8767 section 4 recommends for answers whose time is over. */
    static final int STALE_TTL = 30;

    static Found cached(CacheEntry entry, long now) {
        return new Found(entry.answer(), Source.CACHE, entry.age(now), "", entry);
    }

    static Found stale(CacheEntry entry, long now) {
        return new Found(entry.answer(), Source.STALE, entry.age(now), "", entry);
    }

    /** For how many seconds it may be used. */
    int ttl() {
        return source == Source.STALE ? STALE_TTL : Math.max(0, answer.lifetime() - age);
    }

    /** The addresses in it. */
    List<InetAddress> addresses() {
        return entry == null ? AnswerReader.addresses(answer) : entry.addresses();
    }

    /** The message for one who asked. */
    byte[] message(Query query) {
        return switch (source) {
            case CACHE -> answer.to(query, age);
            case STALE -> answer.staleTo(query, STALE_TTL);
            default -> answer.to(query);
        };
    }
}

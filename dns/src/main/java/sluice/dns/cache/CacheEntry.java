// SPDX-License-Identifier: Apache-2.0
package sluice.dns.cache;

import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import sluice.dns.message.Answer;
import sluice.dns.message.AnswerReader;
import sluice.dns.message.Query;

/** A remembered answer. Its links and its place belong to the cache. */
public final class CacheEntry {
    private static final int OVERHEAD = 80;

    final int group;
    final Query query;
    final Answer answer;
    final long stored;

    @Nullable
    CacheEntry next;

    @Nullable
    CacheEntry older;

    @Nullable
    CacheEntry newer;

    private final AtomicInteger told = new AtomicInteger(-1);
    private volatile long asked;
    private volatile @Nullable List<InetAddress> addresses;

    CacheEntry(int group, Query query, Answer answer, long now) {
        this.group = group;
        this.query = query;
        this.answer = answer;
        stored = now;
    }

    /** Servers that gave it. */
    public int group() {
        return group;
    }

    /** The answer. */
    public Answer answer() {
        return answer;
    }

    /** The addresses in it, which are read once. */
    public List<InetAddress> addresses() {
        var known = addresses;
        if (known == null) {
            known = AnswerReader.addresses(answer);
            addresses = known;
        }
        return known;
    }

    /** Seconds since it came. */
    public int age(long now) {
        return (int) (now - stored);
    }

    /** Whether it may be given as it is. The clock may have been set back: then nobody knows. */
    public boolean isFresh(long now) {
        return now >= stored && now - stored < answer.lifetime();
    }

    /** Whether it may be given where no server answers, some seconds after its time. */
    public boolean isUsable(long now, long stale) {
        return now >= stored && now - stored < answer.lifetime() + stale;
    }

    /** Whether it is in the last tenth of its time, so that it is worth asking again before it ends. */
    public boolean isEnding(long now) {
        int lifetime = answer.lifetime();
        return lifetime >= 10 && now - stored >= lifetime - lifetime / 10;
    }

    /** Says that the servers are asked again now. */
    public void askedAgain(long now) {
        asked = now;
    }

    /** Whether the servers were asked again within the last seconds. */
    public boolean wasAskedAgain(long now, int seconds) {
        return now - asked < seconds;
    }

    /** Whether this was not yet told to an audience; the next time it was. */
    public boolean tell(int audience) {
        return told.get() != audience && told.getAndSet(audience) != audience;
    }

    /** Whether it is for this question, whatever its flags. */
    public boolean answers(Query other) {
        return answer.answers(other);
    }

    /** What it takes in memory, about. */
    public int size() {
        return OVERHEAD + query.size() + answer.size();
    }
}

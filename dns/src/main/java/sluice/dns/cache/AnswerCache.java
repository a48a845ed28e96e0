// SPDX-License-Identifier: Apache-2.0
package sluice.dns.cache;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import sluice.dns.message.Answer;
import sluice.dns.message.Query;

/**
 * Answers by the servers that gave them and by question. Bounded by number and by bytes: the one that was not asked for the longest goes first.
 * Any thread; nothing is allocated while looking up.
 */
public final class AnswerCache {
    /** For each answer that may be there; a usual one takes a third. */
    private static final int BYTES_PER_ENTRY = 1024;

    private static final int SMALLEST_TABLE = 64;
    private static final int SCATTER = 0x9e37_79b1;

    private final Object lock = new Object();
    private @Nullable CacheEntry[] table = new CacheEntry[SMALLEST_TABLE];
    private @Nullable CacheEntry oldest;
    private @Nullable CacheEntry newest;
    private int count;
    private long bytes;
    private int most;

    /** An empty cache for so many answers. */
    public AnswerCache(int most) {
        this.most = most;
    }

    /** What is remembered for a question, however old; null if nothing. */
    public @Nullable CacheEntry find(int group, Query query) {
        synchronized (lock) {
            var entry = table[place(group, query)];
            while (entry != null && (entry.group != group || !entry.query.asksTheSame(query))) {
                entry = entry.next;
            }
            if (entry != null && entry != newest) {
                unlink(entry);
                append(entry);
            }
            return entry;
        }
    }

    /** Remembers an answer in the place of an older one. Of one that is too large, or good for no second, nothing is kept, nor is the older one. */
    public @Nullable CacheEntry put(int group, Query query, Answer answer, long now) {
        var entry = new CacheEntry(group, query.alone(), answer, now);
        synchronized (lock) {
            var former = find(group, query);
            if (former != null) {
                remove(former);
            }
            if (answer.lifetime() <= 0 || entry.size() > (long) most * BYTES_PER_ENTRY / 16) {
                return null;
            }
            if (count >= table.length) {
                grow();
            }
            insert(entry);
            append(entry);
            count++;
            bytes += entry.size();
            shrink();
            return entry;
        }
    }

    /** Changes how many answers there may be. */
    public void resize(int entries) {
        synchronized (lock) {
            most = entries;
            shrink();
        }
    }

    /** Forgets everything; returns how many answers that were. */
    public int flush() {
        synchronized (lock) {
            int flushed = count;
            table = new CacheEntry[SMALLEST_TABLE];
            oldest = null;
            newest = null;
            count = 0;
            bytes = 0;
            return flushed;
        }
    }

    /** What is there, the most recently used first. */
    public List<CacheEntry> entries() {
        synchronized (lock) {
            var entries = new ArrayList<CacheEntry>(count);
            for (var entry = newest; entry != null; entry = entry.older) {
                entries.add(entry);
            }
            return entries;
        }
    }

    /** How many answers there are. */
    public int size() {
        synchronized (lock) {
            return count;
        }
    }

    /** What they take, about. */
    public long bytes() {
        synchronized (lock) {
            return bytes;
        }
    }

    private void shrink() {
        while (oldest != null && (count > most || bytes > (long) most * BYTES_PER_ENTRY)) {
            remove(oldest);
        }
    }

    private int place(int group, Query query) {
        return ((query.hash() + group) * SCATTER) >>> Integer.numberOfLeadingZeros(table.length - 1);
    }

    private void insert(CacheEntry entry) {
        int place = place(entry.group, entry.query);
        entry.next = table[place];
        table[place] = entry;
    }

    private void grow() {
        table = new CacheEntry[2 * table.length];
        for (var entry = oldest; entry != null; entry = entry.newer) {
            insert(entry);
        }
    }

    private void remove(CacheEntry entry) {
        int place = place(entry.group, entry.query);
        var at = Objects.requireNonNull(table[place]);
        if (at == entry) {
            table[place] = entry.next;
        } else {
            while (at.next != entry) {
                at = Objects.requireNonNull(at.next);
            }
            at.next = entry.next;
        }
        unlink(entry);
        count--;
        bytes -= entry.size();
    }

    private void append(CacheEntry entry) {
        entry.older = newest;
        entry.newer = null;
        if (newest == null) {
            oldest = entry;
        } else {
            newest.newer = entry;
        }
        newest = entry;
    }

    private void unlink(CacheEntry entry) {
        if (entry.older == null) {
            oldest = entry.newer;
        } else {
            entry.older.newer = entry.newer;
        }
        if (entry.newer == null) {
            newest = entry.older;
        } else {
            entry.newer.older = entry.older;
        }
    }
}

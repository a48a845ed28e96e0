// SPDX-License-Identifier: Apache-2.0
package sluice.dns;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import sluice.bounds.Bound;
import sluice.bounds.Bounds;
import sluice.bounds.Claimant;
import sluice.dns.AnsweredQuery.Source;
import sluice.dns.cache.AnswerCache;
import sluice.dns.cache.CacheEntry;
import sluice.dns.message.Answer;
import sluice.dns.message.Query;
import sluice.dns.upstream.Deadline;
import sluice.dns.upstream.ServerGroup;

/**
 * Answers of servers: remembered ones, or asked for, once for everybody who wants the same at the same time. So many questions are under way;
 * the others wait for their turn. Any thread.
 */
final class Lookups {
    private static final Duration PATIENCE = Duration.ofSeconds(6);

    /** How long a question waits for its turn: as long as resolvers wait for an answer before they ask again (resolv.conf(5), timeout). */
    private static final int QUEUED_SECONDS = 5;

    /** After this an answer whose time is over is better than none (RFC 8767 section 5). */
    private static final Duration STALE_PATIENCE = Duration.ofMillis(1800);

    /** How long servers that did not answer are let be while there is an old answer (RFC 8767 section 5). */
    private static final int RECHECK_SECONDS = 30;

    /** How long nobody is asked again after a failure (RFC 9520 section 3.2). */
    private static final int FAILURE_SECONDS = 5;

    private static final int MOST_FLIGHTS = 512;
    private static final int MOST_PREFETCHES = 64;

    private final Network network;
    private final AnswerCache cache;
    private final DnsCounters counters;
    private final LongSupplier clock;
    private final Map<Question, Flight> flights = new HashMap<>();
    private final LookupQueue<Flight, Bound.Place> queue = new LookupQueue<>();
    private final Bound places;
    private volatile long stale;

    /**
     * Asks nobody yet.
     *
     * @param bounds gets how many may be under way
     */
    Lookups(Network network, AnswerCache cache, DnsCounters counters, LongSupplier clock, Bounds bounds) {
        this.network = network;
        this.cache = cache;
        this.counters = counters;
        this.places = bounds.add("dns-lookups", MOST_FLIGHTS);
        this.clock = clock;
    }

    /**
     * Who is asked what.
     *
     * @param servers the group's number when it was to be asked: what it stands for may change meanwhile
     */
    private record Question(ServerGroup group, int servers, Query query) {
        Question(ServerGroup group, Query query) {
            this(group, group.id(), query.alone());
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Question that && servers == that.servers && query.asksTheSame(that.query);
        }

        @Override
        public int hashCode() {
            return 31 * servers + query.hash();
        }
    }

    /** Whose place a look-up takes. */
    static Claimant claimant(@Nullable Asker asker) {
        return asker == null ? Claimant.SELF : asker;
    }

    /** For how many seconds after its time an answer may still be given. */
    void stale(Duration time) {
        stale = time.toSeconds();
    }

    /** A remembered answer that can be given at once; null if servers have to be asked. */
    @Nullable
    Found find(ServerGroup group, Query query) {
        var entry = cache.find(group.id(), query);
        if (entry == null) {
            return null;
        }
        long now = clock.getAsLong();
        if (entry.isFresh(now)) {
            if (entry.isEnding(now) && !entry.wasAskedAgain(now, RECHECK_SECONDS)) {
                prefetch(group, query, entry);
            }
            return Found.cached(entry, now);
        }
        return isStale(entry, now) && entry.wasAskedAgain(now, RECHECK_SECONDS) ? Found.stale(entry, now) : null;
    }

    /** A remembered answer that is better than none, though its time may be over; null without one. */
    @Nullable
    Found old(ServerGroup group, Query query) {
        var entry = cache.find(group.id(), query);
        long now = clock.getAsLong();
        return entry != null && isStale(entry, now) ? Found.stale(entry, now) : null;
    }

    private boolean isStale(CacheEntry entry, long now) {
        return entry.answer().isUseful() && entry.isUsable(now, stale);
    }

    private void prefetch(ServerGroup group, Query query, CacheEntry entry) {
        synchronized (flights) {
            var question = new Question(group, query);
            if (flights.size() >= MOST_PREFETCHES || flights.containsKey(question)) {
                return;
            }
            var place = places.take(Claimant.SELF);
            if (place != null) {
                counters.add(DnsCounter.PREFETCHED);
                entry.askedAgain(clock.getAsLong());
                begin(new Flight(question, entry), place);
            }
        }
    }

    /**
     * Asks the servers, at once or when it is the application's turn.
     *
     * @param asker for whom; null for the engine itself
     * @param waiter gets what was found, once, on another thread; must neither block for long nor throw. How many there are at once is
     *     for the caller to bound
     */
    void ask(ServerGroup group, Query query, @Nullable Asker asker, Consumer<Found> waiter) {
        var question = new Question(group, query);
        if (joinsUnderWay(question, waiter)) {
            return;
        }
        // Outside the lock: both may cost a system call.
        var claimant = claimant(asker);
        var place = places.tryTake(claimant);
        String share = place == null ? claimant.share() : "";
        List<Flight> expired = List.of();
        synchronized (flights) {
            var flight = flights.get(question);
            if (flight == null) {
                flight = prepared(question);
            } else {
                counters.add(DnsCounter.JOINED);
            }
            flight.waiters.add(waiter);
            if (place == null) {
                if (flight.place == null) {
                    queue.add(share, claimant, flight, clock.getAsLong());
                }
                // A place may have become free meanwhile.
                expired = startWaiting();
            } else if (flight.place == null) {
                queue.remove(flight);
                begin(flight, place);
            } else {
                place.close();
            }
        }
        expired.forEach(Flight::giveUp);
    }

    private boolean joinsUnderWay(Question question, Consumer<Found> waiter) {
        synchronized (flights) {
            var flight = flights.get(question);
            if (flight == null || flight.place == null) {
                return false;
            }
            counters.add(DnsCounter.JOINED);
            flight.waiters.add(waiter);
            return true;
        }
    }

    /** One that is not under way yet; behind the lock of all flights. */
    private Flight prepared(Question question) {
        var entry = cache.find(question.servers, question.query);
        long now = clock.getAsLong();
        var flight = new Flight(question, entry != null && isStale(entry, now) ? entry : null);
        flights.put(question, flight);
        if (flight.old != null) {
            flight.old.askedAgain(now);
            var _ = network.start("dns-stale", flight::loseStalePatience);
        }
        return flight;
    }

    /** Behind the lock of all flights. */
    private void begin(Flight flight, Bound.Place place) {
        flight.place = place;
        flights.put(flight.question, flight);
        var _ = network.start("dns-ask", flight);
    }

    /** Begins what waits and has its turn; behind the lock of all flights. Returns what has waited for too long, to be given up without the lock. */
    private List<Flight> startWaiting() {
        var expired = queue.expire(clock.getAsLong() - QUEUED_SECONDS);
        expired.forEach(flight -> flights.remove(flight.question));
        queue.release(places::tryTake, this::begin);
        return expired;
    }

    /** One question that waits for its turn or is under way. */
    private final class Flight implements Runnable {
        private final Question question;
        private final @Nullable CacheEntry old;
        private final CountDownLatch landed = new CountDownLatch(1);

        /** Null until it is under way; behind the lock of all flights. */
        private Bound.@Nullable Place place;
        /** Behind the lock of all flights. */
        private List<Consumer<Found>> waiters = new ArrayList<>();

        Flight(Question question, @Nullable CacheEntry old) {
            this.question = question;
            this.old = old;
        }

        @Override
        public void run() {
            Found found = null;
            try {
                found = ask();
            } finally {
                List<Consumer<Found>> all;
                List<Flight> expired;
                synchronized (flights) {
                    flights.remove(question);
                    all = taken();
                    if (place != null) {
                        place.close();
                    }
                    expired = startWaiting();
                }
                landed.countDown();
                var outcome = found == null ? failure("an internal error") : found;
                all.forEach(waiter -> waiter.accept(outcome));
                expired.forEach(Flight::giveUp);
            }
        }

        /** Those who wait, once; behind the lock of all flights. */
        private List<Consumer<Found>> taken() {
            var all = waiters;
            waiters = List.of();
            return all;
        }

        /** Its turn has not come in time. */
        private void giveUp() {
            List<Consumer<Found>> all;
            synchronized (flights) {
                all = taken();
            }
            landed.countDown();
            var reason = "too many questions were under way for " + QUEUED_SECONDS + " s";
            var found = old == null
                    ? new Found(Answer.failure(question.query, 0, reason), Source.NOWHERE, 0, "", null)
                    : Found.stale(old, clock.getAsLong());
            all.forEach(waiter -> waiter.accept(found));
        }

        private Found ask() {
            var query = question.query;
            try {
                var given = question.group.ask(query, Deadline.in(PATIENCE));
                var answer = given.answer();
                if (old != null && !answer.isUseful()) {
                    return Found.stale(old, clock.getAsLong());
                }
                var entry = cache.put(question.servers, query, answer, clock.getAsLong());
                return new Found(answer, Source.SERVER, 0, given.server(), entry);
            } catch (IOException e) {
                return old == null ? failure(String.valueOf(e.getMessage())) : Found.stale(old, clock.getAsLong());
            }
        }

        private Found failure(String reason) {
            var answer = Answer.failure(question.query, FAILURE_SECONDS, reason);
            cache.put(question.servers, question.query, answer, clock.getAsLong());
            return new Found(answer, Source.NOWHERE, 0, "", null);
        }

        private void loseStalePatience() {
            try {
                if (old == null || landed.await(STALE_PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                    return;
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
            List<Consumer<Found>> all;
            synchronized (flights) {
                all = waiters;
                waiters = new ArrayList<>();
            }
            var found = Found.stale(old, clock.getAsLong());
            all.forEach(waiter -> waiter.accept(found));
        }
    }
}

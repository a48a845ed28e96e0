// SPDX-License-Identifier: Apache-2.0
package sluice.dns;

import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import sluice.bounds.Bound;
import sluice.dns.AnsweredQuery.Source;
import sluice.dns.cache.CacheEntry;
import sluice.dns.cache.Hints;
import sluice.dns.fake.FakePool;
import sluice.dns.message.ExtendedError;
import sluice.dns.message.Mnemonics;
import sluice.dns.message.Names;
import sluice.dns.message.Query;
import sluice.dns.message.Reply;
import sluice.dns.message.Wire;
import sluice.dns.policy.Policy;
import sluice.dns.policy.Ruling;
import sluice.rules.DnsSettings;

/**
 * Answers queries as one configuration says. Immutable; any thread.
 *
 * @param generation differs between configurations
 * @param fakes null where the configuration wants none
 */
record Answering(
        int generation,
        DnsSettings settings,
        Policy policy,
        @Nullable FakePool fakes,
        Lookups lookups,
        Hints hints,
        Bound waiting,
        DnsCounters counters,
        DnsListener listener,
        LongSupplier clock) {

    private static final byte[] LOOPBACK4 = {127, 0, 0, 1};
    private static final byte[] LOOPBACK6 = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    private static final int LOOPBACK_TTL = 86_400;

    /** One query on its way. */
    private record Exchange(Asker asker, Query query, Consumer<byte[]> later, Ruling ruling, long started) {}

    byte @Nullable [] answer(Asker asker, Query query, Consumer<byte[]> later) {
        long started = settings.log() ? System.nanoTime() : 0;
        var ruling = policy.decide(query, asker::cgroup);
        var exchange = new Exchange(asker, query, later, ruling, started);
        byte[] name = fakes == null || query.type() != Wire.PTR ? null : nameOfFake(query, fakes);
        if (name != null) {
            return local(exchange, DnsCounter.FAKE, Source.FAKE, name);
        }
        return switch (ruling.action()) {
            case FORWARD -> forward(exchange);
            case FAKE -> fakes == null ? forward(exchange) : madeUp(exchange, fakes);
            case FAKE_IF_FOUND -> fakes == null ? forward(exchange) : verified(exchange, fakes);
            case LOOPBACK -> local(exchange, DnsCounter.SPECIAL, Source.LOCAL, loopback(query));
            case NONEXISTENT -> local(exchange, DnsCounter.SPECIAL, Source.LOCAL, Reply.error(query, Wire.NXDOMAIN));
            case REFUSE ->
                local(
                        exchange,
                        DnsCounter.REFUSED,
                        Source.LOCAL,
                        Reply.error(query, Wire.REFUSED, ExtendedError.BLOCKED));
        };
    }

    static boolean isAddress(Query query) {
        return query.type() == Wire.A || query.type() == Wire.AAAA;
    }

    /** Whether the answer would show the true addresses of a name, so that the application would go there itself (RFC 9460 section 7.3). */
    static boolean showsAddresses(Query query) {
        return query.type() == Wire.SVCB || query.type() == Wire.HTTPS || query.type() == Wire.ANY;
    }

    /** The answer for a fake IP's name; null if it is not for one. */
    private byte @Nullable [] nameOfFake(Query query, FakePool pool) {
        var address = Names.reversed(query.name());
        if (address == null || !pool.contains(address)) {
            return null;
        }
        return pool.name(address)
                .map(name -> Reply.pointer(query, name, fakeTtl()))
                .orElseGet(() -> Reply.error(query, Wire.NXDOMAIN));
    }

    private int fakeTtl() {
        return (int) settings.fakeTtl().toSeconds();
    }

    private static byte[] loopback(Query query) {
        return switch (query.type()) {
            case Wire.A -> Reply.address(query, LOOPBACK4, LOOPBACK_TTL);
            case Wire.AAAA -> Reply.address(query, LOOPBACK6, LOOPBACK_TTL);
            default -> Reply.error(query, Wire.NOERROR);
        };
    }

    private byte[] local(Exchange exchange, DnsCounter counter, Source source, byte[] message) {
        counters.add(counter);
        log(exchange, message, source, "");
        return message;
    }

    private byte @Nullable [] madeUp(Exchange exchange, FakePool pool) {
        if (isAddress(exchange.query)) {
            return fake(exchange, pool);
        }
        return showsAddresses(exchange.query)
                ? local(exchange, DnsCounter.FAKE, Source.FAKE, Reply.error(exchange.query, Wire.NOERROR))
                : forward(exchange);
    }

    /** The same where servers know the name; what they say where they do not. */
    private byte @Nullable [] verified(Exchange exchange, FakePool pool) {
        var query = exchange.query;
        boolean hidden = isAddress(query) || showsAddresses(query);
        return forward(
                exchange,
                (_, found) -> hidden && !isMissing(query, found) ? madeUp(exchange, pool) : deliver(exchange, found));
    }

    /** Whether servers say that there is no such name, or that it has no address; a failure says nothing about the name. */
    private static boolean isMissing(Query query, Found found) {
        var answer = found.answer();
        return answer.isUseful()
                && (answer.rcode() == Wire.NXDOMAIN
                        || (isAddress(query) && found.addresses().isEmpty()));
    }

    private byte @Nullable [] fake(Exchange exchange, FakePool pool) {
        String name = exchange.query.name();
        int slot = pool.slot(name);
        if (slot != FakePool.NONE) {
            return fake(exchange, pool, slot);
        }
        pool.assign(name, exchange.asker, given -> exchange.later.accept(fake(exchange, pool, given)));
        return null;
    }

    private byte[] fake(Exchange exchange, FakePool pool, int slot) {
        var query = exchange.query;
        if (slot == FakePool.NONE) {
            byte[] message = Reply.error(query, Wire.SERVFAIL, ExtendedError.NOT_READY);
            return local(exchange, DnsCounter.NO_FAKE, Source.NOWHERE, message);
        }
        byte[] address = query.type() == Wire.A ? pool.ipv4(slot) : pool.ipv6(slot);
        return local(exchange, DnsCounter.FAKE, Source.FAKE, Reply.address(query, address, fakeTtl()));
    }

    /** What is made of an answer that was found; null where the application's comes later. */
    private interface Delivery {
        byte @Nullable [] of(Exchange exchange, Found found);
    }

    private byte @Nullable [] forward(Exchange exchange) {
        return forward(exchange, this::deliver);
    }

    private byte @Nullable [] forward(Exchange exchange, Delivery delivery) {
        var query = exchange.query;
        var servers = exchange.ruling.servers();
        var known = lookups.find(servers, query);
        if (known != null) {
            return delivery.of(exchange, known);
        }
        var place = waiting.take(exchange.asker);
        if (place != null) {
            lookups.ask(servers, query, exchange.asker, found -> {
                place.close();
                byte[] message = delivery.of(exchange, found);
                if (message != null) {
                    exchange.later.accept(message);
                }
            });
            return null;
        }
        var old = lookups.old(servers, query);
        if (old != null) {
            return delivery.of(exchange, old);
        }
        byte[] message = Reply.error(query, Wire.SERVFAIL, ExtendedError.NOT_READY);
        return local(exchange, DnsCounter.OVER_LIMIT, Source.NOWHERE, message);
    }

    private byte[] deliver(Exchange exchange, Found found) {
        counters.add(
                switch (found.source()) {
                    case CACHE -> DnsCounter.CACHED;
                    case STALE -> DnsCounter.STALE;
                    case SERVER -> DnsCounter.FORWARDED;
                    default -> DnsCounter.FAILED;
                });
        byte[] message = found.message(exchange.query);
        if (isAddress(exchange.query)) {
            hint(exchange, found);
            tell(exchange, found);
        }
        log(exchange, message, found.source(), found.server());
        return message;
    }

    /** The application that asked may go to these addresses from now on, and only it. */
    private void hint(Exchange exchange, Found found) {
        var addresses = found.addresses();
        if (!addresses.isEmpty()) {
            String cgroup = exchange.asker.cgroup();
            if (cgroup != null) {
                hints.give(cgroup, exchange.asker.share(), exchange.query.name(), addresses, found.ttl());
            }
        }
    }

    /** Once for each answer: until it is over, nothing new is to be said. */
    private void tell(Exchange exchange, Found found) {
        var set = exchange.ruling.set();
        boolean stale = found.source() == Source.STALE;
        CacheEntry entry = found.entry();
        if (set.isPresent() && (stale || entry == null || entry.tell(generation))) {
            var addresses = policy.admitted(exchange.query.name(), found.addresses());
            if (!addresses.isEmpty()) {
                listener.resolved(
                        set.get(), exchange.query.name(), addresses, Duration.ofSeconds(Math.max(1, found.ttl())));
            }
        }
    }

    private void log(Exchange exchange, byte[] message, Source source, String server) {
        if (settings.log()) {
            listener.answered(new AnsweredQuery(
                    exchange.asker,
                    exchange.query.name(),
                    Mnemonics.type(exchange.query.type()),
                    Mnemonics.rcode(Reply.rcode(message)),
                    source,
                    server,
                    exchange.ruling.rule(),
                    Duration.ofNanos(System.nanoTime() - exchange.started)));
        }
    }
}

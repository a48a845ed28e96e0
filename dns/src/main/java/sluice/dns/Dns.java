// SPDX-License-Identifier: Apache-2.0
package sluice.dns;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import sluice.bounds.Bound;
import sluice.bounds.Bounds;
import sluice.dns.cache.AnswerCache;
import sluice.dns.cache.Hints;
import sluice.dns.fake.FakePool;
import sluice.dns.fake.FakeSettings;
import sluice.dns.message.Incoming;
import sluice.dns.message.Mnemonics;
import sluice.dns.message.Query;
import sluice.dns.message.Wire;
import sluice.dns.policy.Policy;
import sluice.dns.upstream.ServerGroup;
import sluice.dns.upstream.Upstreams;

/** The built-in DNS server. Any thread, but {@link #apply} and {@link #close} by one. */
public final class Dns implements NameService, AutoCloseable {
    private static final int MOST_WAITING = 4096;
    private static final int MOST_HINTS = 10_000;

    private final DnsListener listener;
    private final LongSupplier clock;
    private final DnsCounters counters = new DnsCounters();
    private final AnswerCache cache;
    private final Hints hints;
    private final Bound waiting;
    private final Upstreams upstreams;
    private final Bounds bounds;
    private final Lookups lookups;
    private final HostLookup hosts;
    private final Explainer explainer;
    private @Nullable FakePool fakes;
    private int generation;
    private volatile Answering answering;

    private Dns(
            DnsConfiguration configuration, Network network, DnsListener listener, Bounds bounds, LongSupplier clock) {
        this.listener = listener;
        this.bounds = bounds;
        this.clock = clock;
        waiting = bounds.add("dns-queries", MOST_WAITING);
        cache = new AnswerCache(configuration.settings().cacheSize());
        upstreams = new Upstreams(network, configuration.resolvConf(), counters, listener);
        lookups = new Lookups(network, cache, counters, clock, bounds);
        hints = new Hints(MOST_HINTS, clock);
        hosts = new HostLookup(lookups, waiting);
        explainer = new Explainer(cache, upstreams);
        answering = answering(configuration);
    }

    /**
     * Starts it. Reads the file of fake IPs; asks nobody.
     *
     * @param network leads out
     * @param bounds gets its own
     */
    public static Dns start(DnsConfiguration configuration, Network network, DnsListener listener, Bounds bounds) {
        return start(configuration, network, listener, bounds, () -> System.currentTimeMillis() / 1000);
    }

    /** The same by another clock, in seconds. */
    static Dns start(
            DnsConfiguration configuration, Network network, DnsListener listener, Bounds bounds, LongSupplier clock) {
        return new Dns(configuration, network, listener, bounds, clock);
    }

    private Answering answering(DnsConfiguration configuration) {
        var settings = configuration.settings();
        var used = new HashSet<ServerGroup>();
        var policy = new Policy(settings, configuration.routes(), upstreams::search, servers -> {
            var group = upstreams.group(servers);
            used.add(group);
            return group;
        });
        upstreams.strategy(settings.strategy());
        upstreams.retain(used);
        cache.resize(settings.cacheSize());
        lookups.stale(settings.stale());
        boolean needed = Policy.needsFakes(settings);
        var fakeSettings =
                new FakeSettings(settings.ipv4(), settings.ipv6(), settings.fakeTtl(), configuration.fakes());
        if (fakes != null) {
            int forgotten = fakes.apply(fakeSettings);
            if (forgotten > 0) {
                listener.forgotten(forgotten);
            }
        } else if (needed) {
            fakes = FakePool.open(fakeSettings, listener, bounds);
        }
        return new Answering(generation++, settings, policy, fakes, lookups, hints, waiting, counters, listener, clock);
    }

    /** Takes over a changed configuration, but for the file of fake IPs. The cache and fake IPs stay; servers are asked over new connections. */
    public void apply(DnsConfiguration configuration) {
        answering = answering(configuration);
        upstreams.renew();
    }

    @Override
    public byte @Nullable [] answer(Asker asker, ByteBuffer query, Consumer<byte[]> later) {
        counters.add(DnsCounter.QUERIES);
        return switch (Query.read(query, asker.overTcp())) {
            case Query asked -> answering.answer(asker, asked, later);
            case Incoming.Rejected rejected -> {
                counters.add(rejected.rcode() == Wire.FORMERR ? DnsCounter.MALFORMED : DnsCounter.NOT_SUPPORTED);
                yield rejected.answer();
            }
            case Incoming.Ignored() -> {
                counters.add(DnsCounter.IGNORED);
                yield null;
            }
        };
    }

    @Override
    public Meaning meaning(InetAddress address) {
        var pool = answering.fakes();
        var meaning = pool == null ? Meaning.ADDRESS : pool.meaning(address);
        if (!(meaning instanceof Meaning.Address)) {
            return meaning;
        }
        var hint = hints.find(address);
        return hint == null ? Meaning.ADDRESS : hint;
    }

    @Override
    public List<InetAddress> resolve(@Nullable Asker asker, String name, Duration timeout) throws UnknownHostException {
        try {
            var query = Query.of(name.toLowerCase(Locale.ROOT), Wire.A);
            var ruling = answering.policy().decide(query, () -> asker == null ? null : asker.cgroup());
            return hosts.addresses(asker, query.name(), ruling, timeout);
        } catch (IllegalArgumentException e) {
            var unknown = new UnknownHostException(e.getMessage());
            unknown.initCause(e);
            throw unknown;
        }
    }

    /**
     * What a query would be answered with, by whom, and why. Asks nobody.
     *
     * @param type mnemonic of the type, such as {@code A}
     * @param cgroup path of the asking application's cgroup, or null
     * @throws IllegalArgumentException if there is no such type, or no such name can be
     */
    public Explanation explain(String name, String type, @Nullable String cgroup) {
        return explainer.explain(answering, Query.of(name, Mnemonics.type(type)), cgroup, clock.getAsLong());
    }

    /** What is in the cache, the most recently used first. */
    public List<CachedAnswer> cache() {
        return explainer.cached(clock.getAsLong());
    }

    /** Forgets what was learned from servers; returns how many answers that were. */
    public int flushCache() {
        hints.flush();
        return cache.flush();
    }

    /** Forgets the fake IPs that no flow uses; returns how many. */
    public int flushFakes() {
        var pool = answering.fakes();
        return pool == null ? 0 : pool.flush();
    }

    /** How the pool of fake IPs stands; empty without one. */
    public Optional<FakeView> fakes() {
        return Optional.ofNullable(answering.fakes()).map(FakePool::view);
    }

    /** What was counted. */
    public DnsCounters counters() {
        return counters;
    }

    /** Ends connections to servers, and has fake IPs written. Queries that are under way get no answer. */
    @Override
    public void close() {
        upstreams.close();
        if (fakes != null) {
            fakes.close();
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.dns;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import sluice.dns.cache.AnswerCache;
import sluice.dns.cache.CacheEntry;
import sluice.dns.fake.FakePool;
import sluice.dns.message.AnswerReader;
import sluice.dns.message.Mnemonics;
import sluice.dns.message.Names;
import sluice.dns.message.Query;
import sluice.dns.message.Wire;
import sluice.dns.policy.RealNames;
import sluice.dns.policy.Ruling;
import sluice.dns.upstream.ServerGroup;
import sluice.dns.upstream.Upstreams;
import sluice.linux.IpText;
import sluice.rules.DnsSettings;

/** Tells people what is answered, and what is remembered; changes nothing. Any thread. */
record Explainer(AnswerCache cache, Upstreams upstreams) {

    Explanation explain(Answering answering, Query query, @Nullable String cgroup, long now) {
        var ruling = answering.policy().decide(query, () -> cgroup);
        var fakes = answering.fakes();
        var reversed = query.type() == Wire.PTR ? Names.reversed(query.name()) : null;
        if (fakes != null && reversed != null && fakes.contains(reversed)) {
            var name = fakes.name(reversed);
            String reason =
                    name.isPresent() ? "a fake IP for " + name.get() : "a fake IP from a time that is forgotten";
            var kind = name.isPresent() ? Explanation.Kind.FAKE : Explanation.Kind.NONEXISTENT;
            return explanation(query, kind, Ruling.NO_RULE, reason, ruling, List.of());
        }
        var special = ruling.special();
        return switch (ruling.action()) {
            case REFUSE -> explanation(query, Explanation.Kind.REFUSED, ruling.rule(), rule(ruling), ruling, List.of());
            case LOOPBACK, NONEXISTENT -> {
                boolean here = ruling.action() == Ruling.Action.LOOPBACK;
                yield explanation(
                        query,
                        here ? Explanation.Kind.LOOPBACK : Explanation.Kind.NONEXISTENT,
                        Ruling.NO_RULE,
                        special == null ? "" : special.reason(),
                        ruling,
                        here ? List.of(query.type() == Wire.AAAA ? "::1" : "127.0.0.1") : List.of());
            }
            case FAKE -> fakes == null ? real(query, ruling, rule(ruling), now) : madeUp(query, ruling, fakes, now);
            case FAKE_IF_FOUND ->
                fakes == null ? real(query, ruling, rule(ruling), now) : found(query, ruling, fakes, now);
            case FORWARD -> real(query, ruling, reason(answering, ruling, query), now);
        };
    }

    private Explanation madeUp(Query query, Ruling ruling, FakePool fakes, long now) {
        if (Answering.isAddress(query)) {
            var addresses = fake(query, fakes);
            return explanation(query, Explanation.Kind.FAKE, ruling.rule(), rule(ruling), ruling, addresses);
        }
        if (Answering.showsAddresses(query)) {
            String reason = rule(ruling) + "; such records would show true addresses beside the fake IPs";
            return explanation(query, Explanation.Kind.EMPTY, ruling.rule(), reason, ruling, List.of());
        }
        return real(query, ruling, "fake IPs are for A and AAAA only", now);
    }

    private Explanation found(Query query, Ruling ruling, FakePool fakes, long now) {
        var of = madeUp(query, ruling, fakes, now);
        return of.kind() == Explanation.Kind.REAL
                ? of
                : of.because(of.reason() + "; only if the servers know the name (dns.verify, or a search domain)");
    }

    private static String rule(Ruling ruling) {
        return ruling.rule() == Ruling.NO_RULE ? "dns.mode" : "dns.rules[" + ruling.rule() + "]";
    }

    private static String reason(Answering answering, Ruling ruling, Query query) {
        if (ruling.set().isPresent()) {
            return "a route has nft-set: " + ruling.set().get();
        }
        boolean fakes = answering.settings().mode() == DnsSettings.Mode.FAKE_IP;
        if (fakes && Answering.isAddress(query) && RealNames.contains(query.name())) {
            return rule(ruling) + "; the name is one of those that never get a fake IP";
        }
        boolean single = query.name().indexOf('.') < 0;
        return single && ruling.rule() == Ruling.NO_RULE
                ? rule(ruling) + "; a single label never gets a fake IP"
                : rule(ruling);
    }

    private static List<String> fake(Query query, FakePool pool) {
        int slot = pool.peek(query.name());
        if (slot == FakePool.NONE) {
            return List.of();
        }
        try {
            byte[] bytes = query.type() == Wire.A ? pool.ipv4(slot) : pool.ipv6(slot);
            return List.of(IpText.of(InetAddress.getByAddress(bytes)));
        } catch (UnknownHostException e) {
            throw new IllegalStateException("the pool's addresses have a wrong length", e);
        }
    }

    private Explanation real(Query query, Ruling ruling, String reason, long now) {
        var remembered = cache.entries().stream()
                .filter(entry -> entry.group() == ruling.servers().id() && entry.answers(query))
                .findFirst()
                .map(entry -> view(entry, now));
        return new Explanation(
                query.name(),
                Mnemonics.type(query.type()),
                Explanation.Kind.REAL,
                ruling.rule(),
                reason,
                ruling.servers().names(),
                ruling.set(),
                remembered,
                remembered.map(CachedAnswer::addresses).orElse(List.of()));
    }

    private static Explanation explanation(
            Query query, Explanation.Kind kind, int rule, String reason, Ruling ruling, List<String> addresses) {
        return new Explanation(
                query.name(),
                Mnemonics.type(query.type()),
                kind,
                rule,
                reason,
                List.of(),
                ruling.set(),
                Optional.empty(),
                addresses);
    }

    List<CachedAnswer> cached(long now) {
        return cache.entries().stream().map(entry -> view(entry, now)).toList();
    }

    private CachedAnswer view(CacheEntry entry, long now) {
        var answer = entry.answer();
        int age = Math.max(0, entry.age(now));
        return new CachedAnswer(
                answer.name(),
                Mnemonics.type(answer.type()),
                Mnemonics.rcode(answer.rcode()),
                upstreams.group(entry.group()).map(ServerGroup::names).orElse(List.of()),
                Duration.ofSeconds(age),
                Duration.ofSeconds(Math.max(0, answer.lifetime() - age)),
                AnswerReader.addresses(answer).stream().map(IpText::of).toList(),
                entry.size());
    }
}

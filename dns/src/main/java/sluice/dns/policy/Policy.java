// SPDX-License-Identifier: Apache-2.0
package sluice.dns.policy;

import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import sluice.dns.message.Names;
import sluice.dns.message.Query;
import sluice.dns.message.Wire;
import sluice.dns.policy.Ruling.Action;
import sluice.dns.upstream.ServerGroup;
import sluice.rules.DnsRule;
import sluice.rules.DnsServer;
import sluice.rules.DnsSettings;
import sluice.rules.DomainIndex;
import sluice.rules.NumberSets;
import sluice.rules.OwnerPattern;
import sluice.rules.Route;
import sluice.rules.RouteSets;

/** The rules of one configuration. Immutable; any thread. */
public final class Policy {
    private final List<DnsRule> rules;
    private final Ruling[] rulings;
    private final Ruling otherwise;
    private final ServerGroup servers;
    private final DomainIndex ruleNames = new DomainIndex(new NumberSets());

    /** Rules that ask for no name; ascending. */
    private final int[] nameless;

    private final RouteSets sets;
    private final boolean verify;
    private final Supplier<Set<String>> search;

    /**
     * Prepares the rules.
     *
     * @param search the domains that resolvers of this machine try behind short names, as they are now
     * @param groups the servers behind an entry of the configuration; none are the system's
     */
    public Policy(
            DnsSettings settings,
            List<Route> routes,
            Supplier<Set<String>> search,
            Function<List<DnsServer>, ServerGroup> groups) {
        this.search = search;
        verify = settings.verify();
        rules = settings.rules();
        servers = groups.apply(settings.servers());
        var usual = settings.mode() == DnsSettings.Mode.FAKE_IP ? Action.FAKE : Action.FORWARD;
        otherwise = new Ruling(usual, Ruling.NO_RULE, servers, Optional.empty(), null);
        rulings = rules.stream()
                .map(rule -> new Ruling(
                        rule.answer().map(Policy::action).orElse(usual),
                        rule.index(),
                        rule.servers().isEmpty() ? servers : groups.apply(rule.servers()),
                        Optional.empty(),
                        null))
                .toArray(Ruling[]::new);
        for (int i = rules.size() - 1; i >= 0; i--) {
            var domains = rules.get(i).domains();
            if (domains != null) {
                ruleNames.add(domains, i);
            }
        }
        ruleNames.complete();
        nameless = java.util.stream.IntStream.range(0, rules.size())
                .filter(i -> rules.get(i).domains() == null)
                .toArray();
        sets = new RouteSets(routes);
    }

    private static Action action(DnsRule.Answer answer) {
        return switch (answer) {
            case REAL -> Action.FORWARD;
            case FAKE_IP -> Action.FAKE;
            case REFUSE -> Action.REFUSE;
        };
    }

    /** Whether some rule, or the mode, wants fake IPs. */
    public static boolean needsFakes(DnsSettings settings) {
        return settings.mode() == DnsSettings.Mode.FAKE_IP
                || settings.rules().stream().anyMatch(Policy::isFake);
    }

    /**
     * What is to be done.
     *
     * @param cgroup path of the asking application's cgroup, or null; asked for only if a rule's fitting depends on it, perhaps more than once
     */
    public Ruling decide(Query query, Supplier<@Nullable String> cgroup) {
        if (query.dnsClass() != Wire.IN) {
            return otherwise.without(Action.FAKE);
        }
        String name = query.name();
        int rule = first(name, cgroup);
        var ruling = rule < rulings.length ? rulings[rule] : otherwise;
        var special = SpecialName.of(name);
        // Whoever names a domain and its servers knows better, but not of this machine's own name.
        boolean known = rule < rulings.length
                && rules.get(rule).domains() != null
                && !rules.get(rule).servers().isEmpty();
        if (special != null && (special == SpecialName.LOCALHOST || !known)) {
            var action = special == SpecialName.LOCALHOST ? Action.LOOPBACK : Action.NONEXISTENT;
            return new Ruling(action, Ruling.NO_RULE, servers, Optional.empty(), special);
        }
        if (ruling.action() == Action.REFUSE) {
            return ruling;
        }
        var set = sets.of(name);
        if (set.isPresent()) {
            return ruling.withSet(set.get());
        }
        if (ruling.action() != Action.FAKE) {
            return ruling;
        }
        if (name.indexOf('.') <= 0 || !Names.isHost(name)) {
            return ruling.as(Action.FORWARD);
        }
        boolean named = rule < rulings.length && rules.get(rule).domains() != null && isFake(rules.get(rule));
        return named ? ruling : notNamed(name, ruling);
    }

    /** Of a name that may get a fake IP, for which no rule asks by name. */
    private Ruling notNamed(String name, Ruling ruling) {
        if (RealNames.contains(name)) {
            return ruling.as(Action.FORWARD);
        }
        return verify || isSearched(name) ? ruling.as(Action.FAKE_IF_FOUND) : ruling;
    }

    /** Whether resolvers make such a name out of a single label, one search domain after the other, to see which exists. */
    private boolean isSearched(String name) {
        var domains = search.get();
        return !domains.isEmpty() && domains.contains(name.substring(name.indexOf('.') + 1));
    }

    private static boolean isFake(DnsRule rule) {
        return rule.answer().equals(Optional.of(DnsRule.Answer.FAKE_IP));
    }

    private int first(String name, Supplier<@Nullable String> cgroup) {
        if (rulings.length == 0) {
            return 0;
        }
        IntPredicate fits = rule -> fits(rules.get(rule), cgroup);
        int best = ruleNames.first(name, rulings.length, fits);
        for (int rule : nameless) {
            if (rule >= best) {
                break;
            }
            if (fits.test(rule)) {
                return rule;
            }
        }
        return best;
    }

    private static boolean fits(DnsRule rule, Supplier<@Nullable String> cgroup) {
        if (rule.apps().isEmpty() && rule.units().isEmpty()) {
            return true;
        }
        String path = cgroup.get();
        return path != null && fits(rule.apps(), path) && fits(rule.units(), path);
    }

    private static boolean fits(List<OwnerPattern> patterns, String cgroup) {
        return patterns.isEmpty() || patterns.stream().anyMatch(pattern -> pattern.matches(cgroup));
    }

    /** Those of the addresses of a name with a set that may be in it. */
    public List<InetAddress> admitted(String name, List<InetAddress> addresses) {
        return addresses.stream().filter(address -> sets.admits(name, address)).toList();
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.daemon;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import sluice.cgroup.Cgroup;
import sluice.cgroup.CgroupRoot;
import sluice.daemon.engine.EngineService;
import sluice.intercept.Blueprint;
import sluice.intercept.Classifier;
import sluice.intercept.Redirection;
import sluice.intercept.Ruling;
import sluice.intercept.Verdict;
import sluice.rules.Configuration;
import sluice.rules.DnsSettings;
import sluice.rules.EngineMarks;
import sluice.rules.Policy;
import sluice.rules.Prefix;
import sluice.rules.PrefixSet;
import sluice.rules.Rule;
import sluice.rules.Target;
import sluice.rules.Tproxy;

/**
 * A configuration as the control plane applies it: rules as verdicts, TPROXY servers and outbounds of the engine as redirections. Immutable.
 *
 * <p>TPROXY servers that an earlier configuration had stay as <em>retired</em> redirections, which no rule names, for the
 * flows they still carry. So does the bit that was the loop guard, unless it has another meaning now.
 */
final class Steering {
    private final Configuration configuration;
    private final Policy policy;
    private final Map<String, Redirection> redirections = new LinkedHashMap<>();
    private final Map<String, Redirection> proxies;
    private final List<Redirection> retired = new ArrayList<>();
    private final Verdict[] verdicts;
    private final RuleNumbers numbers;
    private final Set<String> down;
    private final List<Prefix> lan;
    private final int guards;

    private Steering(
            Configuration configuration,
            Policy policy,
            Map<String, Redirection> proxies,
            Former former,
            RuleNumbers numbers,
            Set<String> down,
            List<Prefix> lan) {
        this.configuration = configuration;
        this.policy = policy;
        this.proxies = proxies;
        this.numbers = numbers;
        this.down = down;
        this.lan = lan;
        configuration.tproxies().forEach((name, tproxy) -> redirections.put(name, redirection(tproxy)));
        former.redirections.stream().filter(this::mayStay).forEach(retired::add);
        guards = configuration.marks().guard() | unusedBits(former.guards);
        this.verdicts =
                policy.rules().stream().map(rule -> verdict(rule.target())).toArray(Verdict[]::new);
    }

    /** What flows of earlier configurations still use. */
    private record Former(List<Redirection> redirections, int guards) {
        static final Former NONE = new Former(List.of(), 0);
    }

    /**
     * The steering for a configuration.
     *
     * @param mount the cgroup2 mount point that {@code root} lies in
     * @param proxies where the engine takes flows, by outbound; of every outbound that a rule names
     */
    static Steering of(Configuration configuration, CgroupRoot root, Path mount, Map<String, Redirection> proxies) {
        var policy = new Policy(configuration.rules(), Path.of(root.directory()), mount);
        var numbers = RuleNumbers.of(configuration.rules());
        return new Steering(configuration, policy, Map.copyOf(proxies), Former.NONE, numbers, Set.of(), List.of());
    }

    /** This steering as the successor of another one, whose redirections retire where they are not in it any more, and whose rules keep their figures. */
    Steering after(Steering former) {
        var continued = former.numbers.followedBy(configuration.rules());
        var stays = new Former(former.everything(), former.guards);
        return new Steering(configuration, policy, proxies, stays, continued, down, lan);
    }

    /** This steering while these TPROXY servers, none of them {@code when-down: drop}, are down. */
    Steering whileDown(Set<String> names) {
        return new Steering(
                configuration, policy, proxies, new Former(retired, guards), numbers, Set.copyOf(names), lan);
    }

    /** This steering while the machine is connected to these networks of its {@code bypass}. */
    Steering connectedTo(List<Prefix> networks) {
        return new Steering(
                configuration,
                policy,
                proxies,
                new Former(retired, guards),
                numbers,
                down,
                configuration.bypass().lan() ? List.copyOf(networks) : List.of());
    }

    /** The networks of {@code bypass: [lan]}. */
    List<Prefix> lan() {
        return lan;
    }

    Configuration configuration() {
        return configuration;
    }

    /** The TPROXY servers that are down and whose traffic goes direct, or whose UDP is refused, meanwhile. */
    Set<String> down() {
        return down;
    }

    private List<Redirection> everything() {
        var all = new ArrayList<>(redirections.values());
        proxies.values().stream()
                .sorted(Comparator.comparing(Redirection::name))
                .forEach(all::add);
        all.addAll(retired);
        return all;
    }

    /** Packet marks of everything but the engine's targets: running flows have them. */
    Set<Integer> otherMarks() {
        return everything().stream()
                .filter(redirection -> !proxies.containsValue(redirection))
                .map(Redirection::mark)
                .collect(Collectors.toSet());
    }

    Blueprint blueprint(Blueprint.Root root) {
        return new Blueprint(
                root,
                PrefixSet.merge(bypass()),
                configuration.bypass().local(),
                everything(),
                configuration.marks().withGuard(guards),
                configuration.routeTable(),
                configuration.rulePriority(),
                configuration.newCgroups() == Configuration.NewCgroups.HOLD,
                names(),
                configuration.ownTable() == Configuration.OwnTable.AUTO);
    }

    /** Fake IPs lead to the engine, whatever network claims them. */
    private List<Prefix> bypass() {
        var fakes = fakes();
        var bypass = new ArrayList<>(configuration.bypass().blocks());
        lan.stream()
                .filter(network -> fakes.stream().noneMatch(network::overlaps))
                .forEach(bypass::add);
        return bypass;
    }

    private List<Prefix> fakes() {
        var dns = configuration.dns();
        return dns.mode() == DnsSettings.Mode.FAKE_IP ? List.of(dns.ipv4(), dns.ipv6()) : List.of();
    }

    private Blueprint.Names names() {
        if (!EngineService.answersNames(configuration)) {
            return Blueprint.Names.NONE;
        }
        var routes = configuration.routes().stream()
                .flatMap(route -> route.nftSet().stream())
                .toList();
        return new Blueprint.Names(PrefixSet.merge(fakes()), routes);
    }

    /** The rule that matches the cgroup at this path itself, or null. */
    @Nullable
    Rule match(String path) {
        return policy.match(path).orElse(null);
    }

    Classifier classifier() {
        return this::classify;
    }

    private @Nullable Ruling classify(Cgroup cgroup) {
        if (RunCgroup.owns(cgroup.path())) {
            var target = runTarget(cgroup.path());
            return target == null ? null : new Ruling(RunCgroup.RULE, verdict(target));
        }
        var rule = match(cgroup.path());
        return rule == null ? null : new Ruling(numbers.of(rule), verdicts[rule.index()]);
    }

    /**
     * The target in force for the cgroup at this path, if it stands for a target of {@code sluice run}; else null. One that this configuration
     * does not have is refused: whoever was promised a proxy must not go straight out.
     */
    @Nullable
    Target runTarget(String path) {
        var promised = RunCgroup.target(path);
        return promised == null || serves(promised) ? promised : new Target.Drop(Target.Drop.Kind.REJECT);
    }

    /** Where the cgroup at this path is sent, if an outbound is its target, or the one of a cgroup above it. */
    LoopbackProxies.@Nullable Sent sent(String path) {
        if (!RunCgroup.owns(path)) {
            return LoopbackProxies.Sent.of(policy.decide(path));
        }
        for (var at = path; !at.isEmpty(); at = at.substring(0, at.lastIndexOf('/'))) {
            if (runTarget(at) instanceof Target.Proxy(var outbound)) {
                return new LoopbackProxies.Sent(outbound, "sluice run");
            }
        }
        return null;
    }

    /** How rulings call the rules. */
    RuleNumbers numbers() {
        return numbers;
    }

    /** Whether a target can be served with this configuration. */
    boolean serves(Target target) {
        return switch (target) {
            case Target.Direct() -> true;
            case Target.Drop(var kind) -> true;
            case Target.Tproxy(var name) -> redirections.containsKey(name);
            case Target.Proxy(var outbound) -> proxies.containsKey(outbound);
        };
    }

    private Verdict verdict(Target target) {
        return switch (target) {
            case Target.Direct() -> Verdict.DIRECT;
            case Target.Drop(var kind) ->
                new Verdict.Drop(
                        switch (kind) {
                            case TRUE -> Verdict.Scope.ALL_BUT_BYPASS;
                            case ALL -> Verdict.Scope.ALL_BUT_LOOPBACK;
                            case REJECT -> Verdict.Scope.REJECT;
                        });
            case Target.Tproxy(var name) ->
                goesDirect(name)
                        ? Verdict.DIRECT
                        : new Verdict.Redirect(Objects.requireNonNull(redirections.get(name)));
            case Target.Proxy(var outbound) ->
                new Verdict.Redirect(Objects.requireNonNull(proxies.get(outbound), outbound));
        };
    }

    /** Whether that TPROXY server is down, and its traffic goes direct meanwhile. */
    boolean goesDirect(String name) {
        var tproxy = configuration.tproxies().get(name);
        return tproxy != null && tproxy.whenDown() == Tproxy.WhenDown.DIRECT && down.contains(name);
    }

    /** Those of some bits that no mark has for something else. */
    private int unusedBits(int bits) {
        int unused = EngineMarks.unusedBits(bits, configuration);
        for (var redirection : everything()) {
            unused &= ~redirection.mark();
        }
        return unused;
    }

    private boolean mayStay(Redirection former) {
        return Stream.concat(redirections.values().stream(), proxies.values().stream())
                .noneMatch(r -> r.mark() == former.mark() || r.name().equals(former.name()));
    }

    private Redirection redirection(Tproxy tproxy) {
        boolean rejects = tproxy.whenDown() == Tproxy.WhenDown.REJECT;
        var plain = new Redirection(
                tproxy.name(),
                tproxy.mark(),
                tproxy.port(),
                tproxy.noUdp(),
                tproxy.noIpv6(),
                rejects ? Redirection.WhenDown.REJECT : Redirection.WhenDown.DROP,
                tproxy.dnsHijack()
                        .map(dns -> new Redirection.DnsHijack(
                                dns.ipv4Server().orElse(null), dns.ipv6Server().orElse(null), dns.port(), dns.tcp()))
                        .orElse(null));
        var redirection = plain.withOtherProtocols(tproxy.otherProtocols());
        return rejects && down.contains(tproxy.name()) ? redirection.refusingUdp() : redirection;
    }
}

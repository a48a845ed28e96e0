// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.engine;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sluice.bounds.Bounds;
import sluice.cgroup.Cgroup;
import sluice.control.FlowsView;
import sluice.control.StatusView;
import sluice.dns.NameService;
import sluice.dns.Network;
import sluice.engine.Engine;
import sluice.engine.EngineConfiguration;
import sluice.engine.EngineWarmUp;
import sluice.engine.GroupView;
import sluice.intercept.Redirection;
import sluice.linux.OpenFiles;
import sluice.rules.Configuration;
import sluice.rules.DnsSettings;
import sluice.rules.EngineMarks;
import sluice.rules.Marks;
import sluice.rules.OtherProtocols;

/**
 * The engine while some rule needs it. Control thread only, except {@link #flows}. Started once; without a target left it goes on, for the
 * flows it carries.
 */
public final class EngineService implements AutoCloseable {
    /** New flows wait in the listeners' queues for the next daemon while this one waits for its own flows. */
    private static final Duration DRAIN = Duration.ofSeconds(5);

    /** What the names of the engine's listeners begin with. */
    private static final String LISTENERS = "engine.";

    private static final Logger LOG = LoggerFactory.getLogger(EngineService.class);

    private final ListenerStore store;
    private final FlowViews views;
    private final CgroupNames names;
    private final FlowOwners owners;
    private final FlowLog log;
    private final Engine engine;
    private final Set<String> stored = new TreeSet<>();
    private final Surroundings surroundings;
    private final String root;
    private final Instant started = Instant.now();
    private volatile @Nullable DnsService dns;
    private volatile boolean closing;
    private Map<String, Integer> marks = new HashMap<>();
    private Configuration configuration;

    /**
     * Where the flows' cgroups are.
     *
     * @param root directory of the managed root
     * @param mount the cgroup2 mount point that it lies in
     */
    public record Site(Path root, Path mount) {
        private String below() {
            return root.toString().substring(mount.toString().length());
        }
    }

    /**
     * What the engine is told to and by.
     *
     * @param routes gets the addresses of routes with a set
     * @param bounds gets those of the engine and of DNS
     */
    public record Surroundings(RouteFeed routes, Bounds bounds) {}

    private EngineService(
            ListenerStore store,
            Site site,
            Collection<Cgroup> cgroups,
            Configuration configuration,
            Set<String> targets,
            Surroundings surroundings)
            throws IOException {
        this.store = store;
        this.configuration = configuration;
        this.surroundings = surroundings;
        root = site.below();
        names = new CgroupNames(root, cgroups);
        var processes = new SoleProcesses(site.mount().toString());
        views = new FlowViews(processes, root);
        owners = FlowOwners.open(names, processes);
        log = new FlowLog(views, configuration.engine().accessLog());
        // Two descriptors a flow, and more; a shell's 1,024 are none.
        OpenFiles.raise();
        var inherited = store.takeAll(LISTENERS);
        try {
            var choices = StateDirectory.of(System.getenv("STATE_DIRECTORY")).choices();
            var parts = new Engine.Surroundings(
                    owners,
                    log,
                    Optional.of(choices),
                    warning -> LOG.warn("{}", warning),
                    this::startNames,
                    surroundings.bounds());
            engine = Engine.start(engineConfiguration(configuration, targets, configuration.marks()), inherited, parts);
        } catch (IOException | RuntimeException e) {
            closeNames();
            log.close();
            owners.close();
            throw e;
        }
        stored.addAll(inherited.keySet());
        keepListeners();
        LOG.info("the engine serves {} on {}", targets, engine.ports());
    }

    /**
     * Starts an engine with listeners for these targets. Nothing leads to it yet.     */
    public static EngineService start(
            ListenerStore store,
            Site site,
            Collection<Cgroup> cgroups,
            Configuration configuration,
            Set<String> targets,
            Surroundings surroundings)
            throws IOException {
        return new EngineService(store, site, cgroups, configuration, targets, surroundings);
    }

    /**
     * Has the engine's ways compiled in the quiet that follows, on a thread of its own, before applications take them.
     *
     * @param done called at the end, on that thread
     */
    public void warmUp(Runnable done) {
        var marks = configuration.marks();
        boolean withNames = answersNames(configuration);
        Thread.ofPlatform().daemon().name("engine-warm-up").start(() -> {
            try {
                EngineWarmUp.run(marks, owners, withNames, () -> closing);
                LOG.debug("the engine is warm");
            } catch (IOException | RuntimeException e) {
                LOG.debug("{}, ignoring", e.getMessage());
            }
            done.run();
        });
    }

    private @Nullable NameService startNames(Network network) {
        if (!answersNames(configuration)) {
            return null;
        }
        var started = DnsService.start(root, configuration, network, log, surroundings);
        dns = started;
        return started.names();
    }

    /**
     * Has new flows served by this configuration; running ones go on as they are. What is sent has the loop guard's bits of both configurations until
     * {@link #settle}: meanwhile the kernel comes to know the new one.
     *
     * @throws IOException if that is not possible; then the one before stays
     */
    public void apply(Configuration next, Set<String> targets) throws IOException {
        int former = EngineMarks.unusedBits(configuration.marks().guard(), next);
        engine.apply(engineConfiguration(
                next,
                withFormer(next, targets),
                next.marks().withGuard(next.marks().guard() | former)));
        configuration = next;
        applyNames();
        log.wanted(next.engine().accessLog());
        keepListeners();
    }

    /** Without DNS from now on it goes on until {@link #settle}: queries come here still. */
    private void applyNames() throws IOException {
        var former = dns;
        if (!answersNames(configuration)) {
            return;
        }
        if (former != null && former.canServe(configuration)) {
            former.apply(configuration);
            return;
        }
        var successor = DnsService.start(root, configuration, engine.network(), log, surroundings);
        try {
            engine.names(successor.names());
        } catch (IOException | RuntimeException e) {
            successor.close();
            throw e;
        }
        dns = successor;
        if (former != null) {
            former.close();
        }
    }

    /** Gives up what the configuration does not have any more, once the kernel has it too. */
    public void settle() throws IOException {
        engine.guard(configuration.marks().guard());
        if (dns != null && !answersNames(configuration)) {
            engine.names(null);
            closeNames();
            LOG.info("port 53 is not answered any more");
        }
    }

    private void closeNames() {
        var ended = dns;
        dns = null;
        if (ended != null) {
            ended.close();
        }
    }

    /** A target whose rule has gone keeps its listener, for the UDP flows that it still carries. */
    private Set<String> withFormer(Configuration next, Set<String> targets) {
        var all = new TreeSet<>(targets);
        engine.ports().keySet().stream()
                .filter(target -> ProxyTargets.isKnown(next, target))
                .forEach(all::add);
        return all;
    }

    private static EngineConfiguration engineConfiguration(
            Configuration configuration, Set<String> targets, Marks marks) {
        return new EngineConfiguration(
                targets, configuration.outbounds(), configuration.routes(), marks, configuration.engine());
    }

    private void keepListeners() {
        var listeners = engine.listeners();
        stored.stream().filter(name -> !listeners.containsKey(name)).forEach(store::forget);
        listeners.forEach((name, descriptor) -> {
            if (!stored.contains(name)) {
                store.store(name, descriptor);
            }
        });
        stored.clear();
        stored.addAll(listeners.keySet());
    }

    /** Whether the engine answers its applications' queries. */
    public static boolean answersNames(Configuration configuration) {
        return configuration.dns().mode() != DnsSettings.Mode.OFF;
    }

    /**
     * What the kernel has to know to send flows here, by outbound.
     *
     * @param retired marks that running flows still use for something else
     * @throws IOException if no mark is left for one
     */
    public Map<String, Redirection> redirections(Set<Integer> retired) throws IOException {
        var ports = engine.ports();
        try {
            marks = EngineMarks.choose(ports.keySet(), configuration, marks, retired);
        } catch (IllegalArgumentException e) {
            throw new IOException("choose packet marks: " + e.getMessage(), e);
        }
        var redirections = new LinkedHashMap<String, Redirection>();
        marks.forEach((target, mark) -> {
            // Names of outbounds and tproxies differ, but a tproxy may be called "direct".
            var name = "proxy " + target;
            while (configuration.tproxies().containsKey(name)) {
                name = "proxy " + name;
            }
            boolean udp = ProxyTargets.mayCarryUdp(configuration, target);
            int port = Objects.requireNonNull(ports.get(target));
            var others = configuration.otherProtocols().getOrDefault(target, OtherProtocols.REJECT);
            redirections.put(
                    target,
                    Redirection.toEngine(name, mark, port, !udp, answersNames(configuration))
                            .withOtherProtocols(others));
        });
        return redirections;
    }

    /** To be told of every cgroup that appears and disappears. */
    public CgroupNames names() {
        return names;
    }

    /** DNS, where the configuration wants it. Any thread. */
    public Optional<DnsService> dns() {
        return Optional.ofNullable(dns);
    }

    /** How many flows there have been. */
    public long flowsStarted() {
        return engine.counters().started();
    }

    /** How it is doing. */
    public StatusView.EngineStatus status() {
        var counters = engine.counters();
        var targets = engine.ports().entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(port -> new StatusView.TargetStatus(
                        port.getKey(), port.getValue(), ProxyTargets.mayCarryUdp(configuration, port.getKey())))
                .toList();
        long refused = counters.overLimit() + counters.overApplicationLimit() + counters.overDescriptors();
        return new StatusView.EngineStatus(
                targets,
                counters.active(),
                counters.limit(),
                counters.started(),
                refused,
                counters.unredirected() + engine.datagrams().getOrDefault("unredirected", 0L),
                engine.groups().stream().map(EngineService::status).toList(),
                engine.datagrams(),
                engine.queries());
    }

    private static StatusView.GroupStatus status(GroupView group) {
        var members = group.members().stream()
                .map(member -> new StatusView.MemberStatus(
                        member.name(),
                        member.alive(),
                        member.delay().isPresent() ? member.delay().getAsInt() : null))
                .toList();
        return new StatusView.GroupStatus(
                group.name(), group.type(), group.now().orElse(null), members);
    }

    /**
     * Has new flows of a group use a member.
     *
     * @throws IllegalArgumentException there is no such group of type select, or it has no such member
     */
    public void choose(String group, String member) {
        engine.choose(group, member);
        LOG.info("group {} uses {} from now on", group, member);
    }

    /** The flows that live, and those that ended after a position. Any thread. */
    public FlowsView flows(long position) {
        var ended = log.history().since(position);
        return new FlowsView(
                views.live(engine.flows()),
                ended.flows().stream().map(views::view).toList(),
                ended.position(),
                started.toString());
    }

    /** Stops accepting and waits for the flows, but not for long. */
    public void drain() {
        int waiting = engine.flows().size();
        if (waiting > 0) {
            LOG.info("waiting at most {} s for {} flows", DRAIN.toSeconds(), waiting);
        }
        try {
            engine.drain(DRAIN);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            LOG.warn("{}, ignoring", e.getMessage());
        }
    }

    @Override
    public void close() {
        closing = true;
        engine.close();
        closeNames();
        log.close();
        owners.close();
    }
}

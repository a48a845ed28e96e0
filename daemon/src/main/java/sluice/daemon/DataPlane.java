// SPDX-License-Identifier: Apache-2.0
package sluice.daemon;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sluice.bounds.Bounds;
import sluice.cgroup.CgroupChange;
import sluice.cgroup.CgroupMount;
import sluice.cgroup.CgroupTree;
import sluice.daemon.engine.DnsService;
import sluice.daemon.engine.EngineService;
import sluice.daemon.engine.ListenerStore;
import sluice.daemon.engine.ProxyTargets;
import sluice.daemon.engine.RouteFeed;
import sluice.intercept.Redirection;
import sluice.netlink.sockdiag.SocketDiagnostics;
import sluice.rules.Configuration;

/** The engine as configurations need it: started with the first one that does, and there from then on. Control thread, but {@link #engine}. */
final class DataPlane implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DataPlane.class);

    private final ListenerStore store;
    private final CgroupTree cgroups;
    private final RouteFeed routes;
    private final Footprint footprint;
    private final Bounds bounds;
    private volatile @Nullable EngineService engine;
    private @Nullable Runnable warmedUp;

    DataPlane(ListenerStore store, CgroupTree cgroups, RouteFeed routes, Footprint footprint, Bounds bounds) {
        this.store = store;
        this.cgroups = cgroups;
        this.routes = routes;
        this.footprint = footprint;
        this.bounds = bounds;
    }

    /**
     * How a configuration is applied. What it needs of the engine is there when this returns.
     *
     * @param newTargets outbounds that are needed beside those of rules and of {@code sluice run}
     * @param usedMarks packet marks that running flows have for something else
     */
    Steering steering(Configuration configuration, Set<String> newTargets, Set<Integer> usedMarks) throws IOException {
        var mount = Path.of(CgroupMount.discover().point());
        var directory = Path.of(cgroups.root().directory());
        var site = new EngineService.Site(directory, directory.startsWith(mount) ? mount : directory);
        var targets = targets(configuration, newTargets);
        var running = engine;
        if (running != null) {
            running.apply(configuration, targets);
        } else if (!targets.isEmpty()) {
            running = EngineService.start(
                    store,
                    site,
                    cgroups.cgroups(),
                    configuration,
                    targets,
                    new EngineService.Surroundings(routes, bounds));
            engine = running;
            footprint.follow(running::flowsStarted);
            warmUp();
        }
        var proxies = running == null ? Map.<String, Redirection>of() : running.redirections(usedMarks);
        var steering = Steering.of(configuration, cgroups.root(), site.mount(), proxies);
        warnOfLoops(steering, directory);
        return steering;
    }

    /** Proxies that run already; the engine says the same of those that start later, when they send something. */
    private static void warnOfLoops(Steering steering, Path root) {
        var proxies = new LoopbackProxies(steering.configuration().outbounds());
        if (!proxies.exist()) {
            return;
        }
        try (var diagnostics = SocketDiagnostics.open()) {
            proxies.sentToThemselves(root, steering::sent, diagnostics.listeners(0))
                    .forEach(LOG::warn);
        } catch (IOException e) {
            LOG.debug("look for proxies that are sent to themselves: {}, ignoring", e.getMessage());
        }
    }

    /**
     * The daemon has started: the engine warms up, now or when something needs it.
     *
     * @param done called at the end, on another thread
     */
    void started(Runnable done) {
        warmedUp = done;
        warmUp();
    }

    private void warmUp() {
        var running = engine;
        var done = warmedUp;
        if (running != null && done != null) {
            running.warmUp(done);
        }
    }

    /** Goes back to a configuration that was served before. */
    void restore(Configuration former, Set<String> newTargets) throws IOException {
        if (engine != null) {
            engine.apply(former, targets(former, newTargets));
            engine.settle();
        }
    }

    private Set<String> targets(Configuration configuration, Set<String> others) throws IOException {
        var used = RunCgroups.outbounds(Path.of(cgroups.root().directory()));
        used.addAll(others);
        return ProxyTargets.of(configuration, used);
    }

    /** The kernel has the configuration that was applied last. */
    void settle() {
        if (engine != null) {
            try {
                engine.settle();
            } catch (IOException e) {
                LOG.warn("give up what only the former configuration needed: {}, ignoring", e.getMessage());
            }
        }
    }

    /** Cgroups appeared and disappeared. */
    void changed(List<CgroupChange> changes) {
        if (engine != null) {
            engine.names().changed(changes);
        }
    }

    /** The engine, where something needed it since the start. Any thread. */
    @Nullable
    EngineService engine() {
        return engine;
    }

    /** DNS, where the configuration wants it and something needs the engine. Any thread. */
    Optional<DnsService> dns() {
        return Optional.ofNullable(engine).flatMap(EngineService::dns);
    }

    /** Lets flows end, but not for long. */
    void drain() {
        if (engine != null) {
            engine.drain();
        }
    }

    @Override
    public void close() {
        if (engine != null) {
            engine.close();
        }
    }
}

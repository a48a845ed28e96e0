// SPDX-License-Identifier: Apache-2.0
package sluice.daemon;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sluice.bounds.Bounds;
import sluice.cgroup.CgroupChange;
import sluice.cgroup.CgroupListener;
import sluice.cgroup.CgroupMount;
import sluice.cgroup.CgroupRoot;
import sluice.cgroup.CgroupTree;
import sluice.daemon.engine.EngineService;
import sluice.daemon.engine.RouteFeed;
import sluice.intercept.Blueprint;
import sluice.intercept.Mechanism;
import sluice.intercept.NftablesMechanism;
import sluice.intercept.RoutedAddress;
import sluice.linux.FileStatus;
import sluice.linux.PeerProcess;
import sluice.linux.SystemCallException;
import sluice.rules.Configuration;
import sluice.rules.ConfigurationChanges;
import sluice.rules.InvalidConfigurationException;
import sluice.rules.Prefix;
import sluice.rules.Target;

/**
 * The control plane: from a configuration to the kernel and back, for as long as the process lives. All state belongs to the
 * control thread, the one that calls {@link #run}.
 */
final class Daemon implements AutoCloseable, CgroupListener, Reloads.Applier<Daemon.Reloaded> {
    private static final Duration RESYNC_WHILE_DEGRADED = Duration.ofSeconds(5);
    private static final Duration LOOK_AT_NAMES = Duration.ofSeconds(30);
    private static final Logger LOG = LoggerFactory.getLogger(Daemon.class);

    private final ConfigurationSource source;
    private final InstanceLock lock;
    private final ControlLoop loop;
    private final CgroupTree cgroups;
    private final Reconciler reconciler;
    private final RunCgroups runs;
    private final Bounds bounds;
    private final Footprint footprint;
    private final DataPlane dataPlane;
    private final ConfigurationWatch watch;
    private final Reloads<Reloaded> reloads;
    private final AtomicBoolean hungUp = new AtomicBoolean();
    private final Path controlSocket;
    private final Deque<AutoCloseable> resources = new ArrayDeque<>();
    private final Instant started = Instant.now();
    private Steering steering;
    private ConfigurationSource.Loaded inForce;
    private Instant loaded = started;
    private final LanNetworks lan;
    private @Nullable ListenerWatch listeners;

    private Daemon(ConfigurationSource source, ConfigurationSource.Loaded first, ServiceManager service)
            throws IOException {
        this.source = source;
        this.inForce = first;
        this.controlSocket = first.configuration().api().socket();
        try {
            lock = opened(InstanceLock.acquire());
            loop = opened(ControlLoop.open());
            bounds = new Bounds(new RefusedBounds(loop::execute));
            footprint = new Footprint(loop);
            var root = CgroupMount.root(first.configuration().cgroupRoot());
            cgroups = opened(CgroupTree.open(root, loop.poller(), this));
            var routes = new RouteFeed(loop::execute, this::admit);
            dataPlane = opened(new DataPlane(service, cgroups, routes, footprint, bounds));
            lan = opened(new LanNetworks(loop, this::connectedTo));
            steering = dataPlane
                    .steering(first.configuration(), Set.of(), Set.of())
                    .connectedTo(lan(first.configuration()));
            Mechanism mechanism = opened(NftablesMechanism.open());
            reconciler = opened(new Reconciler(
                    loop, footprint, mechanism, steering.blueprint(describe(root)), steering.classifier()));
            reloads = new Reloads<>(loop, service, source::load, this);
            watch = opened(new ConfigurationWatch(loop, reloads::requestWithoutAnswer));
            runs = new RunCgroups(Path.of(root.directory()), loop);
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    /**
     * Reads the configuration and prepares to put it in force; changes nothing yet.
     *
     * @throws InvalidConfigurationException if it has errors
     * @throws IOException if this machine, the permissions or another daemon stand against it
     */
    static Daemon prepare(ConfigurationSource source, ServiceManager service)
            throws IOException, InvalidConfigurationException {
        return new Daemon(source, source.load(), service);
    }

    /** Puts the configuration in force. */
    void putInForce() throws IOException {
        cgroups.resync();
        reconciler.install();
        applySettings();
        runs.adopt(cgroups.cgroups());
        LOG.info(
                "{} rules are in force for {} cgroups below {}",
                steering.configuration().rules().size(),
                cgroups.size(),
                cgroups.root().directory());
        warnings().forEach(LOG::warn);
    }

    /** What of the configuration is neither rule nor kernel state. */
    private void applySettings() {
        if (listeners != null) {
            listeners.close();
        }
        listeners = ListenerWatch.start(
                steering.configuration().tproxies().values(), steering.down(), loop, this::listenersChanged);
        if (!steering.configuration().bypass().lan()) {
            lan.close();
        }
        if (isWatched()) {
            watch.follow(inForce.files());
        } else {
            watch.close();
        }
    }

    private boolean isWatched() {
        return inForce.configuration().reload() == Configuration.Reload.AUTO;
    }

    private void lookAtNames() {
        dataPlane.dns().ifPresent(dns -> footprint.remembered(dns.fakes()));
        loop.after(LOOK_AT_NAMES, this::lookAtNames);
    }

    /** Serves until {@link #stop()}. */
    void run() throws IOException {
        lookAtNames();
        WarmUp.start(loop, reconciler, lock.beside("warm-up"), steering.classifier());
        dataPlane.started(this::warmedUp);
        try {
            loop.run();
        } finally {
            reloads.stop();
        }
    }

    private void warmedUp() {
        try {
            loop.execute(footprint::warmedUp);
        } catch (RejectedExecutionException _) {
            // The daemon stops.
        }
    }

    /** Makes {@link #run()} return. Any thread. */
    void stop() {
        loop.stop();
    }

    /** For other threads: how to have something done on the control thread. */
    ControlLoop loop() {
        return loop;
    }

    /** What keeps this process small; control thread only. */
    Footprint footprint() {
        return footprint;
    }

    @Override
    public void changed(List<CgroupChange> changes) {
        int removed = 0;
        for (var change : changes) {
            switch (change) {
                case CgroupChange.Created(var cgroup) -> reconciler.created(cgroup);
                case CgroupChange.Removed(var cgroup) -> {
                    reconciler.removed(cgroup);
                    removed++;
                }
            }
        }
        dataPlane.changed(changes);
        reconciler.flush();
        footprint.removed(removed);
    }

    @Override
    public void degraded(SystemCallException reason) {
        LOG.warn(
                "{}; meanwhile looking for new cgroups every {} s only",
                reason.getMessage(),
                RESYNC_WHILE_DEGRADED.toSeconds());
        loop.after(RESYNC_WHILE_DEGRADED, this::resyncWhileDegraded);
    }

    private void resyncWhileDegraded() throws IOException {
        if (cgroups.isDegraded()) {
            cgroups.resync();
        }
        if (cgroups.isDegraded()) {
            loop.after(RESYNC_WHILE_DEGRADED, this::resyncWhileDegraded);
        }
    }

    @Override
    public void recovered() {
        LOG.info("every cgroup is watched again");
    }

    private List<Prefix> lan(Configuration configuration) throws IOException {
        return configuration.bypass().lan() ? lan.follow() : List.of();
    }

    private void connectedTo(List<Prefix> networks) throws IOException {
        var next = steering.connectedTo(networks);
        if (!next.lan().equals(steering.lan())) {
            changeTo(next);
            LOG.info("bypass: lan is {}", networks);
        }
    }

    /** Puts in force what follows from something else than the configuration. */
    private void changeTo(Steering next) throws IOException {
        reconciler.reload(next.blueprint(describe(cgroups.root())), next.classifier(), steering.classifier());
        steering = next;
    }

    private void listenersChanged() {
        var down = listeners == null ? Set.<String>of() : listeners.down();
        if (down.equals(steering.down())) {
            return;
        }
        LOG.info(down.isEmpty() ? "every TPROXY server listens" : "nobody listens: {}", down);
        try {
            changeTo(steering.whileDown(down));
        } catch (IOException e) {
            LOG.warn("{}, trying again", e.getMessage());
        }
    }

    /** Has the configuration read again soon. Any thread; what comes while an earlier call waits for the control thread is one with it. */
    void hangUp() {
        if (hungUp.compareAndSet(false, true)) {
            boolean posted = loop.post(() -> {
                hungUp.set(false);
                reloads.requestWithoutAnswer();
            });
            if (!posted) {
                LOG.info("reload at SIGHUP: the daemon is stopping, ignoring");
            }
        }
    }

    /** What a reload did. */
    record Reloaded(
            @Nullable Path file, List<String> changes, List<String> warnings, Reconciler.Difference difference) {}

    /**
     * Has the configuration read again and the difference put in force; control thread only. The result fails with an {@link
     * InvalidConfigurationException} if the file has errors, with an {@link IOException} if it cannot be read or the kernel refuses it, and with a
     * {@link RejectedExecutionException} when the daemon stops before; then the policy in force stays.
     */
    CompletableFuture<Reloaded> reload() {
        return reloads.request();
    }

    @Override
    public void failed(Exception failure) {
        switch (failure) {
            case InvalidConfigurationException e -> {
                e.problems().forEach(problem -> LOG.error("{}", problem));
                LOG.error("the configuration file has errors; the policy in force stays");
            }
            case IOException e -> LOG.error("{}; the policy in force stays", e.getMessage());
            default -> LOG.error("reload: a defect of Sluice; the policy in force stays", failure);
        }
    }

    @Override
    public Reloaded apply(Reloads.Outcome read) throws IOException, InvalidConfigurationException {
        // What was read only to be refused is garbage too.
        footprint.reduceSoon();
        try {
            var next = read.get();
            refuseOtherRoot(next.configuration());
            var changes = ConfigurationChanges.between(steering.configuration(), next.configuration());
            var difference = replaceSteering(next.configuration(), Set.of());
            inForce = next;
            loaded = Instant.now();
            applySettings();
            LOG.info(
                    "reloaded: {} rules; changed are {}; {}",
                    next.configuration().rules().size(),
                    changes.isEmpty() ? "no settings" : String.join(", ", changes),
                    difference);
            var all = warnings();
            all.forEach(LOG::warn);
            return new Reloaded(file(), changes, all, difference);
        } catch (IOException | InvalidConfigurationException e) {
            if (isWatched()) {
                watch.followToo(source.seen());
            }
            throw e;
        }
    }

    private Reconciler.Difference replaceSteering(Configuration next, Set<String> newTargets) throws IOException {
        var former = steering;
        Reconciler.Difference difference;
        try {
            var successor = dataPlane
                    .steering(next, newTargets, former.otherMarks())
                    .after(former)
                    .whileDown(former.down())
                    .connectedTo(lan(next));
            difference = reconciler.reload(
                    successor.blueprint(describe(cgroups.root())), successor.classifier(), former.classifier());
            steering = successor;
        } catch (IOException | RuntimeException e) {
            dataPlane.restore(former.configuration(), newTargets);
            throw e;
        }
        dataPlane.settle();
        return difference;
    }

    private void refuseOtherRoot(Configuration configuration) throws IOException {
        var wanted = CgroupMount.root(configuration.cgroupRoot());
        if (!wanted.equals(cgroups.root())) {
            throw new IOException("change cgroup-root from " + cgroups.root().directory() + " to " + wanted.directory()
                    + ": only a restart can do that");
        }
    }

    /**
     * Moves a process to a cgroup of its own with this target, once the kernel knows that cgroup.
     *
     * @return path of the cgroup relative to the managed root
     */
    String run(Target target, PeerProcess process) throws IOException {
        if (target instanceof Target.Proxy(var outbound) && !steering.serves(target)) {
            replaceSteering(steering.configuration(), Set.of(outbound));
        }
        var path = runs.create(target, process.pid());
        cgroups.resync();
        runs.enter(path, process);
        LOG.info("process {} runs in {}", process.pid(), path);
        return path;
    }

    /** What there may be so many of. Any thread. */
    Bounds bounds() {
        return bounds;
    }

    Steering steering() {
        return steering;
    }

    Reconciler reconciler() {
        return reconciler;
    }

    CgroupTree cgroups() {
        return cgroups;
    }

    @Nullable
    Path file() {
        return inForce.file().path();
    }

    Instant started() {
        return started;
    }

    Instant loaded() {
        return loaded;
    }

    /** Names of the TPROXY servers that listen now. */
    Set<String> listening() throws IOException {
        return ListenerWatch.listening(steering.configuration().tproxies().values());
    }

    /** What an operator should look at. */
    List<String> warnings() {
        var all = new ArrayList<>(inForce.warnings());
        all.addAll(runs.warnings(steering::serves));
        var wanted = inForce.configuration().api().socket();
        if (!wanted.equals(controlSocket)) {
            all.add("api.socket: the control socket stays " + controlSocket + "; a restart makes it " + wanted);
        }
        watch.obstacle().ifPresent(obstacle -> all.add("changes of the configuration are noticed late: " + obstacle));
        all.addAll(reconciler.warnings());
        if (cgroups.isDegraded()) {
            all.add("not every cgroup is watched: raise fs.inotify.max_user_watches or max_user_instances");
        }
        return all;
    }

    /** The engine, where something needed it since the start. Any thread. */
    @Nullable
    EngineService engine() {
        return dataPlane.engine();
    }

    private int admit(Collection<RoutedAddress> addresses) throws IOException {
        return reconciler.mechanism().admit(addresses);
    }

    private static Blueprint.Root describe(CgroupRoot root) throws IOException {
        var status = FileStatus.of(root.directory());
        return new Blueprint.Root(status.map(FileStatus::inode).orElse(0L), root.level());
    }

    private <T extends AutoCloseable> T opened(T resource) {
        resources.push(resource);
        return resource;
    }

    /**
     * Leaves the kernel as {@code on-exit} says. Only for a run that was told to stop: after an error the rules stay, as when killed, so that what is
     * proxied finds no other way out.
     */
    void finish() throws IOException {
        dataPlane.drain();
        if (steering.configuration().onExit() == Configuration.OnExit.REMOVE) {
            reconciler.mechanism().remove();
            boolean empty = RunCgroups.removeAll(Path.of(cgroups.root().directory()));
            LOG.info(
                    "stopped; the kernel holds nothing of Sluice any more{}",
                    empty ? "" : " but the cgroups of programs of 'sluice run' that still run");
        } else {
            LOG.info("stopped; the rules stay in force (on-exit: keep) until the next start or 'sluice cleanup'");
        }
    }

    @Override
    public void close() {
        if (listeners != null) {
            listeners.close();
        }
        while (!resources.isEmpty()) {
            try {
                resources.pop().close();
            } catch (Exception e) {
                LOG.warn("close: {}, ignoring", e.getMessage());
            }
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.engine;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import sluice.bounds.Bounds;
import sluice.dns.NameService;
import sluice.dns.Network;
import sluice.engine.flow.Flow;
import sluice.engine.flow.FlowLedger;
import sluice.engine.flow.Room;
import sluice.engine.names.NameConnections;
import sluice.engine.names.NameCounters;
import sluice.engine.names.NameLimits;
import sluice.engine.outbound.HostResolver;
import sluice.engine.outbound.OutboundTable;
import sluice.engine.park.Parking;
import sluice.engine.route.OwnProxies;
import sluice.engine.route.Router;
import sluice.engine.route.Steering;
import sluice.engine.tcp.TcpEngine;
import sluice.engine.tcp.Tuning;
import sluice.engine.udp.UdpEngine;
import sluice.engine.udp.UdpLimits;
import sluice.linux.FileDescriptor;
import sluice.linux.InetEndpoint;
import sluice.linux.StreamSocket;
import sluice.rules.EngineSettings;

/**
 * Carries the flows that the kernel hands over: each target has a port on loopback, for TCP and UDP, to which TPROXY rules lead. Runs on
 * threads of its own; any thread may call it.
 */
public final class Engine implements AutoCloseable {
    private final Doors doors;
    private final Parking parking;
    private final FlowLedger ledger;
    private final OutboundTable outbounds;
    private final TcpEngine tcp;
    private final UdpEngine udp;
    private final Map<String, Entrance> entrances = new TreeMap<>();
    private final NameCounters names = new NameCounters();
    private volatile Set<Integer> ports = Set.of();
    private final OwnProxies ownProxies;
    private Steering steering;
    private boolean closed;

    /** With its threads, and no listener. */
    private Engine(EngineConfiguration configuration, Surroundings surroundings, Doors doors) throws IOException {
        this.doors = doors;
        var settings = configuration.settings();
        var listener = surroundings.listener;
        ledger = new FlowLedger(limits(settings), surroundings.bounds, listener::started, listener::ended);
        parking = Parking.start(surroundings.bounds);
        outbounds = new OutboundTable(new OutboundTable.Surroundings(
                parking, HostResolver.SYSTEM, this::isOwn, surroundings.choices, surroundings.warnings));
        ownProxies = new OwnProxies(surroundings.attribution, surroundings.warnings);
        steering = new Steering(Router.EMPTY, outbounds, ports, settings, null, ownProxies);
        UdpEngine datagrams = null;
        try {
            datagrams = UdpEngine.start(new UdpEngine.Parts(
                    steering,
                    ledger,
                    surroundings.attribution,
                    doors.redirector,
                    parking,
                    udpLimits(settings),
                    surroundings.bounds,
                    configuration.marks().guard(),
                    names));
            tcp = TcpEngine.start(new TcpEngine.Parts(
                    steering,
                    ledger,
                    surroundings.attribution,
                    doors.origin,
                    doors.redirector,
                    parking,
                    new NameConnections(parking, NameLimits.DEFAULT, surroundings.bounds, ledger, names),
                    surroundings.bounds,
                    doors.tuning.within(Room.here().descriptors())));
        } catch (IOException e) {
            if (datagrams != null) {
                datagrams.close();
            }
            outbounds.close();
            parking.close();
            throw e;
        }
        udp = datagrams;
    }

    private boolean isOwn(InetEndpoint endpoint) {
        return endpoint.address().isLoopbackAddress() && ports.contains(endpoint.port());
    }

    /**
     * How flows come in; other than real in tests.
     *
     * @param transparent whether listeners serve TPROXY, which needs CAP_NET_ADMIN
     * @param origin where an accepted connection was meant to go
     * @param redirector knows what was redirected to the listeners
     */
    record Doors(boolean transparent, TcpEngine.Origin origin, Redirector redirector, Tuning tuning) {
        static final Doors REAL = new Doors(true, StreamSocket::local, Redirector.TPROXY, Tuning.DEFAULT);

        /** Without a packet that is addressed to a listener. */
        Doors(boolean transparent, TcpEngine.Origin origin, Tuning tuning) {
            this(transparent, origin, Redirector.TPROXY, tuning);
        }
    }

    /**
     * What the engine stands on.
     *
     * @param choices file that remembers what people chose in groups; empty: nothing is remembered
     * @param warnings hears, in one line each, what did not work and does not matter to flows; any thread
     * @param names makes the DNS that it starts with
     * @param bounds gets those of the engine
     */
    public record Surroundings(
            Attribution attribution,
            FlowListener listener,
            Optional<Path> choices,
            Consumer<String> warnings,
            NameServiceMaker names,
            Bounds bounds) {
        /** With bounds of its own. */
        public Surroundings(
                Attribution attribution,
                FlowListener listener,
                Optional<Path> choices,
                Consumer<String> warnings,
                NameServiceMaker names) {
            this(attribution, listener, choices, warnings, names, new Bounds(Bounds.Listener.NONE));
        }

        /** Without DNS. */
        public Surroundings(
                Attribution attribution, FlowListener listener, Optional<Path> choices, Consumer<String> warnings) {
            this(attribution, listener, choices, warnings, NameServiceMaker.NONE);
        }
    }

    /** As {@link #start(EngineConfiguration, Map, Surroundings)}; remembers no choices and warns nobody. */
    public static Engine start(
            EngineConfiguration configuration,
            Map<String, FileDescriptor> inherited,
            Attribution attribution,
            FlowListener listener)
            throws IOException {
        return start(configuration, inherited, new Surroundings(attribution, listener, Optional.empty(), _ -> {}));
    }

    /**
     * Opens listeners for every target and serves them.
     *
     * @param inherited listeners of an earlier engine, under the names of {@link #listeners}: taken over, so that nobody is refused in between;
     *     those of targets that are gone are closed
     * @throws IOException when a listener cannot be opened; nothing is left open then
     */
    public static Engine start(
            EngineConfiguration configuration, Map<String, FileDescriptor> inherited, Surroundings surroundings)
            throws IOException {
        return start(configuration, inherited, surroundings, Doors.REAL);
    }

    static Engine start(
            EngineConfiguration configuration,
            Map<String, FileDescriptor> inherited,
            Surroundings surroundings,
            Doors doors)
            throws IOException {
        var left = new HashMap<>(inherited);
        try {
            var engine = new Engine(configuration, surroundings, doors);
            try {
                engine.names(surroundings.names.make(engine.network()));
                engine.begin(configuration, left);
                return engine;
            } catch (IOException e) {
                engine.close();
                throw e;
            }
        } finally {
            left.values().forEach(FileDescriptor::close);
        }
    }

    private static UdpLimits udpLimits(EngineSettings settings) throws IOException {
        return UdpLimits.within(settings, Room.here());
    }

    private static FlowLedger.Limits limits(EngineSettings settings) throws IOException {
        return FlowLedger.Limits.within(settings, Room.here());
    }

    /** Each target's port on 127.0.0.1 and [::1], TCP and UDP. */
    public synchronized Map<String, Integer> ports() {
        return entrances.values().stream().collect(Collectors.toMap(Entrance::target, Entrance::port));
    }

    /** The listeners by unique names (ASCII, at most 255 characters, without a colon), for a service manager to keep; they stay the engine's. */
    public synchronized Map<String, FileDescriptor> listeners() {
        var all = new LinkedHashMap<String, FileDescriptor>();
        entrances.values().forEach(entrance -> all.putAll(entrance.descriptors()));
        return all;
    }

    /** Begins with a configuration that is in force before an inherited listener brings the first flow. */
    private synchronized void begin(EngineConfiguration configuration, Map<String, FileDescriptor> inherited)
            throws IOException {
        entrances.putAll(open(configuration.targets(), inherited));
        applyOutbounds(configuration);
        steer(configuration, router(configuration), limits(configuration.settings()));
        for (var entrance : entrances.values()) {
            serve(entrance);
        }
    }

    /**
     * Has new flows decided by another configuration; old ones go on as they were.
     *
     * @throws IOException when a new target cannot be served, or a file that an outbound names cannot be used; nothing has changed then
     */
    public synchronized void apply(EngineConfiguration configuration) throws IOException {
        if (closed) {
            throw new IllegalStateException("the engine is closed");
        }
        var limits = limits(configuration.settings());
        var router = router(configuration);
        var added = open(configuration.targets(), new HashMap<>());
        try {
            // Nobody knows these yet, so that nothing arrives before it can be decided.
            for (var entrance : added.values()) {
                serve(entrance);
            }
            applyOutbounds(configuration);
        } catch (IOException e) {
            withdraw(added.values());
            throw e;
        }
        var gone = new TreeMap<>(entrances);
        gone.keySet().removeAll(configuration.targets());
        entrances.keySet().retainAll(configuration.targets());
        entrances.putAll(added);
        steer(configuration, router, limits);
        udp.guard(configuration.marks().guard());
        withdraw(gone.values());
    }

    /**
     * Replaces the loop guard's bits in the packet mark of sockets that send: of new ones, and of those that carry datagrams. A running TCP flow keeps
     * those that it has.
     */
    public synchronized void guard(int bits) throws IOException {
        outbounds.guard(bits);
        udp.guard(bits);
    }

    private static Router router(EngineConfiguration configuration) {
        return new Router(configuration.routes(), configuration::refuses);
    }

    private void applyOutbounds(EngineConfiguration configuration) throws IOException {
        outbounds.apply(
                configuration.outbounds(),
                configuration.marks(),
                configuration.settings().userAgent());
    }

    private void steer(EngineConfiguration configuration, Router router, FlowLedger.Limits limits) throws IOException {
        ports = entrances.values().stream().map(Entrance::port).collect(Collectors.toSet());
        ledger.limits(limits);
        steer(new Steering(router, outbounds, ports, configuration.settings(), steering.names(), ownProxies));
    }

    private void steer(Steering changed) throws IOException {
        steering = changed;
        tcp.steering(changed);
        udp.apply(changed, udpLimits(changed.settings()));
    }

    /**
     * Has another DNS answer what goes to port 53, and tell what addresses mean, from now on.
     *
     * @param service stays the caller's, who closes it once it is replaced or the engine closed; null: port 53 is as any other
     */
    public synchronized void names(@Nullable NameService service) throws IOException {
        outbounds.names(service);
        steer(steering.with(service));
    }

    /** How DNS gets out, by the outbounds in force at each moment. */
    public Network network() {
        return outbounds.network();
    }

    private Map<String, Entrance> open(Set<String> targets, Map<String, FileDescriptor> inherited) throws IOException {
        var added = new TreeMap<String, Entrance>();
        try {
            for (var target : new TreeSet<>(targets)) {
                if (!entrances.containsKey(target)) {
                    added.put(target, Entrance.open(target, inherited, doors.transparent));
                }
            }
            return added;
        } catch (IOException e) {
            added.values().forEach(Entrance::close);
            throw e;
        }
    }

    private void serve(Entrance entrance) throws IOException {
        for (var listener : entrance.streams().values()) {
            tcp.serve(entrance.target(), listener);
        }
        for (var listener : entrance.datagrams().values()) {
            udp.serve(entrance.target(), listener);
        }
    }

    private void ignore(Entrance entrance) throws IOException {
        for (var listener : entrance.streams().values()) {
            tcp.ignore(listener);
        }
        for (var listener : entrance.datagrams().values()) {
            udp.ignore(listener);
        }
    }

    private void withdraw(Collection<Entrance> withdrawn) throws IOException {
        try {
            for (var entrance : withdrawn) {
                ignore(entrance);
            }
        } finally {
            withdrawn.forEach(Entrance::close);
        }
    }

    /** The flows that live. */
    public List<Flow> flows() {
        return ledger.flows();
    }

    /** What was counted about datagrams since the start, by names such as {@code over-mappings}. */
    public Map<String, Long> datagrams() {
        return udp.counters().counts();
    }

    /** What was counted about queries to port 53 since the start, by names such as {@code udp-queries}. */
    public Map<String, Long> queries() {
        return names.counts();
    }

    /** Numbers since the start. */
    public EngineCounters counters() {
        return ledger.counters();
    }

    /** The groups of outbounds as they stand, in the order of the configuration. */
    public List<GroupView> groups() {
        return outbounds.groups();
    }

    /**
     * Chooses a group's member for new flows, and remembers it.
     *
     * @throws IllegalArgumentException there is no such group of type {@code select}, or it has no such member
     */
    public void choose(String group, String member) {
        outbounds.choose(group, member);
    }

    /**
     * Tests the members of a group now.
     *
     * @return done when all tests are, whatever came out
     * @throws IllegalArgumentException there is no such group, or it is one that is not tested
     */
    public CompletableFuture<Void> test(String group) {
        return outbounds.test(group);
    }

    /**
     * Accepts no more and waits for the flows to end. Connections that nobody has accepted, and datagrams, stay in the listeners' queues, for an
     * engine that inherits them.
     *
     * @param deadline after which it returns though there are flows left
     */
    public void drain(Duration deadline) throws IOException, InterruptedException {
        synchronized (this) {
            if (closed) {
                return;
            }
            for (var entrance : entrances.values()) {
                ignore(entrance);
            }
            udp.drain();
        }
        ledger.awaitNone(deadline);
    }

    /** Ends what is left, and closes the listeners. Later calls do nothing. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        tcp.close();
        udp.close();
        outbounds.close();
        parking.close();
        entrances.values().forEach(Entrance::close);
        entrances.clear();
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.engine;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import sluice.engine.flow.Flow;
import sluice.engine.flow.FlowEnd;
import sluice.engine.tcp.TcpEngine;
import sluice.engine.tcp.Tuning;
import sluice.linux.InetEndpoint;
import sluice.linux.StreamSocket;
import sluice.rules.EngineSettings;
import sluice.rules.Marks;
import sluice.testkit.Await;

/** An engine between an application and a server, both in this process. */
final class Rig implements AutoCloseable {
    static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");
    static final Duration SOON = Await.SOON;

    final Engine engine;
    final Queue<Flow> started = new ConcurrentLinkedQueue<>();
    final Queue<Flow> ended = new ConcurrentLinkedQueue<>();
    private final AtomicReference<InetSocketAddress> destination =
            new AtomicReference<>(new InetSocketAddress(LOOPBACK, 1));
    private final AtomicReference<@Nullable Service> service = new AtomicReference<>();
    private final List<Closeable> owned = new CopyOnWriteArrayList<>();
    private final boolean transparent;
    private final Binder binder;

    /** What a server does with a connection. */
    interface Service {
        void serve(Socket connection) throws Exception;
    }

    /** Opens a server's socket on a port that is free. */
    interface Binder {
        ServerSocket bind() throws Exception;
    }

    private Rig(EngineConfiguration configuration, Engine.Doors doors, Binder binder) throws IOException {
        this.transparent = doors.transparent();
        this.binder = binder;
        var real = doors.origin();
        TcpEngine.Origin origin = accepted -> transparent ? real.of(accepted) : endpoint(destination.get());
        engine = Engine.start(
                configuration,
                Map.of(),
                new Engine.Surroundings(Attribution.NONE, listener(), Optional.empty(), _ -> {}),
                new Engine.Doors(transparent, origin, (_, _) -> !transparent, doors.tuning()));
    }

    /** Over loopback without TPROXY: whoever connects to the engine's port gets to the server of the test. */
    static Rig loopback() throws IOException {
        return loopback(EngineSettings.DEFAULT, Tuning.DEFAULT);
    }

    static Rig loopback(EngineSettings settings, Tuning tuning) throws IOException {
        // Without a mark, which would need a privilege.
        return new Rig(
                configuration(settings, 0, "direct"),
                new Engine.Doors(false, StreamSocket::local, tuning),
                () -> new ServerSocket(0, 1024, LOOPBACK));
    }

    /** Behind TPROXY rules, which are the caller's. */
    static Rig transparent(EngineSettings settings, Binder binder) throws IOException {
        return new Rig(
                configuration(settings, Marks.DEFAULT.guard(), "direct"),
                new Engine.Doors(true, StreamSocket::local, Tuning.DEFAULT),
                binder);
    }

    static EngineConfiguration configuration(EngineSettings settings, int guard, String... targets) {
        return new EngineConfiguration(Set.of(targets), Map.of(), List.of(), new Marks(-1, 0, guard), settings);
    }

    private static InetEndpoint endpoint(InetSocketAddress address) {
        return new InetEndpoint(address.getAddress(), address.getPort());
    }

    FlowListener listener() {
        return new FlowListener() {
            @Override
            public void started(Flow flow) {
                started.add(flow);
            }

            @Override
            public void ended(Flow flow) {
                ended.add(flow);
            }
        };
    }

    int port() {
        return engine.ports().getOrDefault("direct", 0);
    }

    /** Starts a server, to which flows go from now on. */
    Rig server(Service first) throws Exception {
        var socket = binder.bind();
        owned.add(socket);
        service.set(first);
        Thread.ofPlatform().daemon().start(() -> {
            while (!socket.isClosed()) {
                Await.ignoringFailure(() -> {
                    var connection = socket.accept();
                    Thread.ofVirtual()
                            .start(() -> Await.ignoringFailure(() -> {
                                try (connection) {
                                    Objects.requireNonNull(service.get()).serve(connection);
                                }
                            }));
                });
            }
        });
        return to(socket.getInetAddress(), socket.getLocalPort());
    }

    /** Has the server that was started last do something else with new connections. */
    void replace(Service other) {
        service.set(other);
    }

    /** Has flows go to a port on which nobody listens. */
    void nobody() throws Exception {
        try (var socket = binder.bind()) {
            to(socket.getInetAddress(), socket.getLocalPort());
        }
    }

    Rig to(InetAddress address, int port) {
        destination.set(new InetSocketAddress(address, port));
        return this;
    }

    /** A connection of an application. */
    Socket connect() throws IOException {
        var socket = new Socket();
        owned.add(socket);
        socket.setSoTimeout((int) SOON.toMillis());
        socket.connect(
                transparent ? destination.get() : new InetSocketAddress(LOOPBACK, port()), (int) SOON.toMillis());
        return socket;
    }

    /** The flow that ended last, once that many have. */
    Flow ended(int count) {
        Await.until(() -> "flows ended: " + ended.size() + " of " + count, SOON, () -> ended.size() >= count);
        return List.copyOf(ended).getLast();
    }

    /** Why the flow that ended last did so. */
    FlowEnd end() {
        return Objects.requireNonNull(ended(1).ended()).reason();
    }

    static long openDescriptors() throws IOException {
        try (var files = Files.list(Path.of("/proc/self/fd"))) {
            return files.count();
        }
    }

    @Override
    public void close() throws IOException {
        for (var one : owned) {
            one.close();
        }
        engine.close();
    }
}

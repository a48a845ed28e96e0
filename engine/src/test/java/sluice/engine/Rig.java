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
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import sluice.engine.flow.Flow;
import sluice.engine.flow.FlowEnd;
import sluice.engine.tcp.Tuning;
import sluice.linux.InetEndpoint;
import sluice.rules.EngineSettings;
import sluice.rules.Marks;
import sluice.testkit.Await;

/** An engine over loopback without TPROXY: whoever connects to its port gets to the server of the test. */
final class Rig implements AutoCloseable {
    static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");
    static final Duration SOON = Duration.ofSeconds(10);

    final Engine engine;
    final Queue<Flow> started = new ConcurrentLinkedQueue<>();
    final Queue<Flow> ended = new ConcurrentLinkedQueue<>();
    private final AtomicReference<@Nullable InetEndpoint> destination = new AtomicReference<>();
    private final List<Closeable> owned = new CopyOnWriteArrayList<>();

    /** What a server does with a connection. */
    interface Service {
        void serve(Socket connection) throws Exception;
    }

    Rig() throws IOException {
        this(EngineSettings.DEFAULT, Tuning.DEFAULT);
    }

    Rig(EngineSettings settings, Tuning tuning) throws IOException {
        var doors = new Engine.Doors(false, _ -> Objects.requireNonNull(destination.get()), tuning);
        engine = Engine.start(configuration(settings, "direct"), Map.of(), Attribution.NONE, listener(), doors);
    }

    static EngineConfiguration configuration(EngineSettings settings, String... targets) {
        // Without a mark, which would need a privilege.
        return new EngineConfiguration(Set.of(targets), Map.of(), List.of(), new Marks(-1, 0, 0), settings);
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

    /** Starts a server, to which flows go from now on. */
    Rig server(Service service) throws IOException {
        var socket = new ServerSocket(0, 1024, LOOPBACK);
        owned.add(socket);
        Thread.ofVirtual().start(() -> {
            while (!socket.isClosed()) {
                Await.ignoringFailure(() -> {
                    var connection = socket.accept();
                    Thread.ofVirtual()
                            .start(() -> Await.ignoringFailure(() -> {
                                try (connection) {
                                    service.serve(connection);
                                }
                            }));
                });
            }
        });
        return to(LOOPBACK, socket.getLocalPort());
    }

    Rig to(InetAddress address, int port) {
        destination.set(new InetEndpoint(address, port));
        return this;
    }

    /** A connection of an application. */
    Socket connect() throws IOException {
        var socket = new Socket();
        owned.add(socket);
        socket.setSoTimeout((int) SOON.toMillis());
        socket.connect(
                new InetSocketAddress(LOOPBACK, engine.ports().getOrDefault("direct", 0)), (int) SOON.toMillis());
        return socket;
    }

    /** The flow that ended last, once that many have. */
    Flow ended(int count) {
        Await.until(() -> "flows ended: " + ended.size() + " of " + count, SOON, () -> ended.size() >= count);
        return List.copyOf(ended).getLast();
    }

    /** Why the one flow ended. */
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

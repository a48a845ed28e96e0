// SPDX-License-Identifier: Apache-2.0
package sluice.engine;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import sluice.engine.flow.Flow;
import sluice.engine.outbound.OutsideSockets;
import sluice.engine.outbound.SocketTraits;
import sluice.engine.tcp.Tuning;
import sluice.linux.InetEndpoint;
import sluice.linux.StreamListener;
import sluice.linux.StreamSocket;
import sluice.linux.SystemCallException;
import sluice.rules.EngineSettings;
import sluice.rules.Marks;

/**
 * Has the way of a connection, and that of a name, compiled before the first application takes it: an engine of its own carries connections over
 * loopback from this process to itself. Nobody sees anything of it: flows, counters and bounds are its own, and the loop guard's mark keeps
 * every rule away from its packets, which never leave the machine. Without it the first connection takes ten times as long as later ones, and the
 * first name that has to be looked up twenty times.
 */
public final class EngineWarmUp {
    /** Methods are compiled after a hundred calls (the launcher's CompileThresholdScaling). */
    private static final int ROUNDS = 120;

    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final long PAUSE_NANOS = 1_000_000;
    private static final long LOOK_NANOS = 50_000;
    private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");
    private static final String TARGET = "direct";
    private static final byte[] QUESTION =
            "GET / HTTP/1.1\r\nHost: warm-up.example\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    /** Asks whose each flow is, as the access log does. */
    private static final FlowListener OWNERS = new FlowListener() {
        @Override
        public void started(Flow flow) {
            var _ = flow.owner();
        }

        @Override
        public void ended(Flow flow) {}
    };

    private final StreamListener server;
    private final Engine engine;
    private final SocketTraits traits;
    private final Patience patience = new Patience(System.nanoTime() + LIMIT.toNanos());
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(512);

    private EngineWarmUp(StreamListener server, Engine engine, Marks marks) {
        this.server = server;
        this.engine = engine;
        traits = new SocketTraits(marks.guard(), null, null);
    }

    /**
     * Takes both ways again and again, with pauses between, and returns. Not on a loop's thread.
     *
     * @param marks with the loop guard's bits
     * @param attribution the one of the engine that serves applications; asked for the cgroup of this very process
     * @param withNames whether names are answered
     * @param isOver asked between two rounds: applications warm up the ways themselves, or the daemon ends
     * @throws IOException what did not work, which does not matter to anybody
     */
    public static void run(Marks marks, Attribution attribution, boolean withNames, BooleanSupplier isOver)
            throws IOException {
        var configuration = new EngineConfiguration(Set.of(TARGET), Map.of(), List.of(), marks, EngineSettings.DEFAULT);
        try (var server = StreamListener.open(new InetEndpoint(LOOPBACK, 0), ROUNDS, false)) {
            var to = server.local();
            var doors = new Engine.Doors(false, _ -> to, (_, _) -> true, Tuning.DEFAULT);
            var port = new AtomicInteger();
            Attribution ownersOfListener = (transport, client, _) ->
                    attribution.owner(transport, client, new InetEndpoint(LOOPBACK, port.get()));
            var surroundings = new Engine.Surroundings(ownersOfListener, OWNERS, Optional.empty(), _ -> {});
            try (var engine = Engine.start(configuration, Map.of(), surroundings, doors)) {
                port.set(engine.ports().getOrDefault(TARGET, 0));
                new EngineWarmUp(server, engine, marks).run(withNames, isOver);
            }
        }
    }

    private void run(boolean withNames, BooleanSupplier isOver) throws IOException {
        var port = engine.ports().getOrDefault(TARGET, 0);
        var listener = new InetEndpoint(LOOPBACK, port);
        try (var names = withNames ? NameWarmUp.start(engine.network()) : null) {
            for (int i = 0; i < ROUNDS && !isOver.getAsBoolean(); i++) {
                carry(listener);
                if (names != null) {
                    names.ask(i, patience);
                }
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        }
    }

    /** A connection on which both sides say something and the server finishes first. */
    private void carry(InetEndpoint listener) throws IOException {
        try (var client = OutsideSockets.tcp(listener, traits)) {
            client.connect(listener);
            patience.until(() -> client.write(buffer.clear().put(QUESTION).flip()) > 0);
            try (var accepted = accepted()) {
                patience.until(() -> accepted.read(buffer.clear()) > 0);
                patience.until(() -> accepted.write(buffer.flip()) > 0);
                accepted.shutdownWrite();
                patience.until(() -> client.read(buffer.clear()) > 0);
                patience.until(() -> client.read(buffer.clear()) == 0);
            }
        }
    }

    private StreamSocket accepted() throws IOException {
        var arrived = new AtomicReference<@Nullable StreamSocket>();
        patience.until(() -> {
            arrived.set(server.accept());
            return arrived.get() != null;
        });
        return Objects.requireNonNull(arrived.get());
    }

    /**
     * Waits for what takes microseconds.
     *
     * @param end when it is given up, on the clock of {@link System#nanoTime}
     */
    record Patience(long end) {
        /** Something that may have become so. */
        interface Condition {
            /** Whether it is so now. */
            boolean holds() throws SystemCallException;
        }

        /** Returns once it is so. */
        void until(Condition condition) throws IOException {
            while (!condition.holds()) {
                if (System.nanoTime() - end > 0) {
                    throw new IOException("warm up the engine: not done within " + LIMIT.toSeconds() + " s");
                }
                LockSupport.parkNanos(LOOK_NANOS);
            }
        }
    }
}

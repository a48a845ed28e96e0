// SPDX-License-Identifier: Apache-2.0
package sluice.engine.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import sluice.bounds.Bounds;
import sluice.engine.Attribution;
import sluice.engine.flow.Flow;
import sluice.engine.flow.FlowEnd;
import sluice.engine.flow.FlowLedger;
import sluice.engine.names.NameConnections;
import sluice.engine.names.NameCounters;
import sluice.engine.names.NameLimits;
import sluice.engine.outbound.DialException;
import sluice.engine.outbound.TcpDialer;
import sluice.engine.outbound.Way;
import sluice.engine.park.Deadline;
import sluice.engine.park.ParkedSocket;
import sluice.engine.park.Parking;
import sluice.engine.route.OwnProxies;
import sluice.engine.route.Router;
import sluice.engine.route.Steering;
import sluice.linux.InetEndpoint;
import sluice.linux.SocketConstants;
import sluice.linux.StreamListener;
import sluice.linux.StreamSocket;
import sluice.rules.EngineSettings;
import sluice.testkit.Await;

/** An engine for TCP between applications and a server, all in this process; what lies between engine and server is the test's to dial. */
final class TcpRig implements AutoCloseable {
    static final Duration SOON = Await.SOON;
    private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

    private static final FlowLedger.Limits LIMITS = new FlowLedger.Limits(100, 100, 0, 1000, 1 << 20);

    final Bounds bounds = new Bounds(Bounds.Listener.NONE);
    final AtomicReference<TcpDialer> dialer = new AtomicReference<>();
    final ServerSocket server = new ServerSocket(0, 50, LOOPBACK);
    final Parking parking;
    final FlowLedger ledger;
    final TcpEngine engine;
    private final BlockingQueue<Flow> ended = new LinkedBlockingQueue<>();
    private final AtomicReference<Runnable> arrival = new AtomicReference<>(() -> {});
    private final List<Socket> holding = new ArrayList<>();
    private final StreamListener listener = StreamListener.open(new InetEndpoint(LOOPBACK, 0), 50, false);

    TcpRig(EngineSettings settings) throws IOException {
        this(settings, Parking.start());
    }

    /** Closes the parking in the end. */
    TcpRig(EngineSettings settings, Parking parking) throws IOException {
        this.parking = parking;
        ledger = new FlowLedger(LIMITS, bounds, _ -> arrival.get().run(), ended::add);
        var steering = new Steering(
                Router.EMPTY,
                (_, _, _) -> new Way.Negotiated(List.of("office"), Objects.requireNonNull(dialer.get())),
                Set.of(),
                settings,
                null,
                new OwnProxies(Attribution.NONE, _ -> {}));
        engine = TcpEngine.start(new TcpEngine.Parts(
                steering,
                ledger,
                Attribution.NONE,
                StreamSocket::local,
                (_, _) -> true,
                parking,
                new NameConnections(parking, NameLimits.DEFAULT, bounds, ledger, new NameCounters()),
                bounds,
                Tuning.DEFAULT));
        engine.serve("office", listener);
    }

    /** A connection of an application. */
    Socket connect() throws IOException {
        var socket = new Socket();
        socket.setSoTimeout((int) SOON.toMillis());
        socket.connect(new InetSocketAddress(LOOPBACK, listener.local().port()));
        return socket;
    }

    /** Has a new flow, the last that ends, keep the thread that accepts from everything else. */
    Hold hold() throws IOException, InterruptedException {
        var begun = new CountDownLatch(1);
        var over = new CountDownLatch(1);
        arrival.set(() -> {
            arrival.set(() -> {});
            begun.countDown();
            Await.ignoringFailure(over::await);
        });
        holding.add(connect());
        assertThat(begun.await(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
        return over::countDown;
    }

    /** A thread that stands still until this is closed. */
    interface Hold extends AutoCloseable {
        @Override
        void close();
    }

    /** A connection to the server, for a dialer. */
    ParkedSocket parked() throws DialException {
        try {
            var socket = StreamSocket.open(SocketConstants.AF_INET);
            return parking.connect(socket, new InetEndpoint(LOOPBACK, server.getLocalPort()), Deadline.in(SOON));
        } catch (IOException e) {
            throw new DialException(FlowEnd.PROXY_FAILED, String.valueOf(e.getMessage()));
        }
    }

    /** The same without anybody who waits for it. */
    StreamSocket connected() throws DialException {
        try {
            return parked().detach();
        } catch (IOException e) {
            throw new DialException(FlowEnd.PROXY_FAILED, String.valueOf(e.getMessage()));
        }
    }

    /** The next flow that has ended. */
    Flow ended() throws InterruptedException {
        return Objects.requireNonNull(ended.poll(SOON.toSeconds(), TimeUnit.SECONDS), "no flow has ended");
    }

    /** Why the next flow ended. */
    FlowEnd end() throws InterruptedException {
        return reason(ended());
    }

    static String detail(Flow flow) {
        return Objects.requireNonNull(flow.ended()).detail();
    }

    static FlowEnd reason(Flow flow) {
        return Objects.requireNonNull(flow.ended()).reason();
    }

    /** One byte there and another one back. */
    static void exchange(Socket client, Socket upstream) throws IOException {
        client.getOutputStream().write('?');
        assertThat(upstream.getInputStream().read()).isEqualTo('?');
        upstream.getOutputStream().write('!');
        assertThat(client.getInputStream().read()).isEqualTo('!');
    }

    static void reset(Socket socket) throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    @Override
    public void close() throws IOException {
        for (var client : holding) {
            client.close();
        }
        engine.close();
        parking.close();
        listener.close();
        server.close();
    }
}

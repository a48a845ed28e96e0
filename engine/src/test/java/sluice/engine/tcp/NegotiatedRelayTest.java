// SPDX-License-Identifier: Apache-2.0
package sluice.engine.tcp;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import sluice.engine.Attribution;
import sluice.engine.flow.Flow;
import sluice.engine.flow.FlowEnd;
import sluice.engine.flow.FlowLedger;
import sluice.engine.names.NameConnections;
import sluice.engine.names.NameCounters;
import sluice.engine.names.NameLimits;
import sluice.engine.outbound.DialException;
import sluice.engine.outbound.SecureStream;
import sluice.engine.outbound.TcpDialer;
import sluice.engine.outbound.Upstream;
import sluice.engine.outbound.Way;
import sluice.engine.park.Deadline;
import sluice.engine.park.ParkedSocket;
import sluice.engine.park.Parking;
import sluice.engine.route.Router;
import sluice.engine.route.Steering;
import sluice.linux.InetEndpoint;
import sluice.linux.SocketConstants;
import sluice.linux.StreamListener;
import sluice.linux.StreamSocket;
import sluice.rules.EngineSettings;
import sluice.testkit.Await;

@Timeout(60)
class NegotiatedRelayTest {
    private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");
    private static final Duration SOON = Duration.ofSeconds(10);

    private final BlockingQueue<Flow> ended = new LinkedBlockingQueue<>();
    private final AtomicReference<TcpDialer> dialer = new AtomicReference<>();
    private final ServerSocket server = new ServerSocket(0, 50, LOOPBACK);
    private final StreamListener listener = StreamListener.open(new InetEndpoint(LOOPBACK, 0), 50, false);
    private final Parking parking = Parking.start();
    private final FlowLedger ledger = new FlowLedger(new FlowLedger.Limits(100, 0), _ -> {}, ended::add);
    private final TcpEngine engine;

    NegotiatedRelayTest() throws IOException {
        var steering = new Steering(
                Router.EMPTY,
                (_, _, _) -> new Way.Negotiated(List.of("office"), Objects.requireNonNull(dialer.get())),
                Set.of(),
                EngineSettings.DEFAULT,
                null);
        engine = TcpEngine.start(new TcpEngine.Parts(
                steering,
                ledger,
                Attribution.NONE,
                StreamSocket::local,
                parking,
                new NameConnections(parking, NameLimits.within(20_000), new NameCounters()),
                Tuning.DEFAULT));
    }

    @BeforeEach
    void serve() throws IOException {
        engine.serve("office", listener);
    }

    @AfterEach
    void close() throws IOException {
        engine.close();
        parking.close();
        listener.close();
        server.close();
    }

    @Test
    void whatTheProxySaidTooSoonComesFirst() throws Exception {
        var early = "early ".repeat(20_000).getBytes(US_ASCII);
        dialer.set((_, _) -> new Upstream.Bare(connected(), ByteBuffer.wrap(early)));
        try (var client = connect();
                var upstream = server.accept()) {
            client.getOutputStream().write("question".getBytes(US_ASCII));
            assertThat(upstream.getInputStream().readNBytes(8)).asString().isEqualTo("question");
            upstream.getOutputStream().write("answer".getBytes(US_ASCII));
            upstream.shutdownOutput();
            assertThat(client.getInputStream().readAllBytes()).asString().isEqualTo("early ".repeat(20_000) + "answer");
        }
        var flow = ended();
        assertThat(reason(flow)).isEqualTo(FlowEnd.FINISHED);
        assertThat(flow.received()).isEqualTo(early.length + 6);
        assertThat(flow.path().outbounds()).containsExactly("office");
    }

    @Test
    void aFailedNegotiationResetsTheClientAndSaysWhy() throws Exception {
        dialer.set((_, _) -> {
            throw new DialException(FlowEnd.PROXY_FAILED, "office: the proxy talks nonsense");
        });
        assertThatThrownBy(() -> connect().getInputStream().read()).isInstanceOf(SocketException.class);
        var flow = ended();
        assertThat(reason(flow)).isEqualTo(FlowEnd.PROXY_FAILED);
        assertThat(Objects.requireNonNull(flow.ended()).detail()).isEqualTo("office: the proxy talks nonsense");
    }

    @Test
    void aClientThatGivesUpEndsTheNegotiation() throws Exception {
        var dialling = new CountDownLatch(1);
        var interrupted = new CountDownLatch(1);
        dialer.set((_, _) -> {
            dialling.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException _) {
                interrupted.countDown();
            }
            throw new DialException(FlowEnd.PROXY_FAILED, "interrupted");
        });
        var client = connect();
        dialling.await();
        reset(client);
        assertThat(reason(ended())).isEqualTo(FlowEnd.CLIENT_RESET);
        assertThat(interrupted.await(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void aConnectionThatComesTooLateIsClosed() throws Exception {
        var dialling = new CountDownLatch(1);
        var goOn = new CountDownLatch(1);
        dialer.set((_, _) -> {
            dialling.countDown();
            while (goOn.getCount() > 0) {
                Await.ignoringFailure(goOn::await);
            }
            return new Upstream.Bare(connected(), ByteBuffer.allocate(0));
        });
        var client = connect();
        dialling.await();
        reset(client);
        assertThat(reason(ended())).isEqualTo(FlowEnd.CLIENT_RESET);
        goOn.countDown();
        try (var upstream = server.accept()) {
            assertThat(upstream.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void anEncryptedFlowIsCarriedBothWaysAndHalfCloses() throws Exception {
        dialer.set((_, _) -> new Upstream.Encrypted(new Scrambled(parked())));
        var sent = new byte[3 << 20];
        new Random(3).nextBytes(sent);
        try (var client = connect();
                var upstream = server.accept()) {
            var echo = Thread.ofVirtual()
                    .start(() -> Await.ignoringFailure(() -> {
                        upstream.getInputStream().transferTo(upstream.getOutputStream());
                        upstream.shutdownOutput();
                    }));
            var sender = Thread.ofVirtual()
                    .start(() -> Await.ignoringFailure(() -> {
                        client.getOutputStream().write(sent);
                        client.shutdownOutput();
                    }));
            assertThat(client.getInputStream().readAllBytes()).isEqualTo(sent);
            sender.join();
            echo.join();
        }
        var flow = ended();
        assertThat(reason(flow)).isEqualTo(FlowEnd.FINISHED);
        assertThat(flow.sent()).isEqualTo(sent.length);
        assertThat(flow.received()).isEqualTo(sent.length);
        assertThat(parking.size()).isZero();
    }

    @Test
    void anEncryptedFlowPassesResetsOn() throws Exception {
        dialer.set((_, _) -> new Upstream.Encrypted(new Scrambled(parked())));
        try (var client = connect()) {
            var upstream = server.accept();
            // Once its byte has arrived the negotiation is over.
            upstream.getOutputStream().write('x');
            assertThat(client.getInputStream().read()).isEqualTo('x');
            reset(upstream);
            assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketException.class);
        }
        assertThat(reason(ended())).isEqualTo(FlowEnd.UPSTREAM_RESET);
        var client = connect();
        try (var upstream = server.accept()) {
            client.getOutputStream().write('x');
            assertThat(upstream.getInputStream().read()).isEqualTo('x');
            reset(client);
            assertThatThrownBy(() -> upstream.getInputStream().read()).isInstanceOf(SocketException.class);
        }
        assertThat(reason(ended())).isEqualTo(FlowEnd.CLIENT_RESET);
    }

    @Test
    void closingEndsEncryptedFlows() throws Exception {
        dialer.set((_, _) -> new Upstream.Encrypted(new Scrambled(parked())));
        try (var _ = connect();
                var _ = server.accept()) {
            Await.until("carried", SOON, () -> engine.encrypted().size() == 1);
            engine.close();
            assertThat(reason(ended())).isEqualTo(FlowEnd.STOPPED);
        }
    }

    private Flow ended() throws InterruptedException {
        return Objects.requireNonNull(ended.poll(10, TimeUnit.SECONDS), "no flow has ended");
    }

    private static FlowEnd reason(Flow flow) {
        return Objects.requireNonNull(flow.ended()).reason();
    }

    @Test
    void anErrorOfOursEndsItsFlowAndNoOthers() throws Exception {
        // No dialer: deciding the way fails.
        assertThatThrownBy(() -> connect().getInputStream().read()).isInstanceOf(SocketException.class);
        var flow = ended();
        assertThat(reason(flow)).isEqualTo(FlowEnd.STOPPED);
        assertThat(Objects.requireNonNull(flow.ended()).detail()).startsWith("internal error: ");
        dialer.set((_, _) -> new Upstream.Bare(connected(), ByteBuffer.allocate(0)));
        try (var client = connect();
                var upstream = server.accept()) {
            exchange(client, upstream);
        }
    }

    @Test
    void aFlowIsBulkAsLongAsItMovesMuch() throws Exception {
        dialer.set((_, _) -> new Upstream.Bare(connected(), ByteBuffer.allocate(0)));
        try (var client = connect();
                var upstream = server.accept()) {
            exchange(client, upstream);
            assertThat(engine.bulkFlows()).isZero();
            var much = new byte[8 << 20];
            new Random(5).nextBytes(much);
            var writer = Thread.ofPlatform()
                    .start(() -> Await.ignoringFailure(
                            () -> upstream.getOutputStream().write(much)));
            assertThat(client.getInputStream().readNBytes(much.length)).isEqualTo(much);
            writer.join();
            assertThat(engine.bulkFlows()).isEqualTo(1);
            Await.until("not bulk any more", SOON, () -> {
                exchange(client, upstream);
                return engine.bulkFlows() == 0;
            });
            exchange(client, upstream);
        }
        assertThat(reason(ended())).isEqualTo(FlowEnd.FINISHED);
    }

    private static void exchange(Socket client, Socket upstream) throws IOException {
        client.getOutputStream().write('?');
        assertThat(upstream.getInputStream().read()).isEqualTo('?');
        upstream.getOutputStream().write('!');
        assertThat(client.getInputStream().read()).isEqualTo('!');
    }

    private static void reset(Socket socket) throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    private Socket connect() throws IOException {
        var socket = new Socket();
        socket.setSoTimeout((int) SOON.toMillis());
        socket.connect(new InetSocketAddress(LOOPBACK, listener.local().port()));
        return socket;
    }

    private ParkedSocket parked() throws DialException {
        try {
            var socket = StreamSocket.open(SocketConstants.AF_INET);
            return parking.connect(socket, new InetEndpoint(LOOPBACK, server.getLocalPort()), Deadline.in(SOON));
        } catch (IOException e) {
            throw new DialException(FlowEnd.PROXY_FAILED, String.valueOf(e.getMessage()));
        }
    }

    private StreamSocket connected() throws DialException {
        try {
            return parked().detach();
        } catch (IOException e) {
            throw new DialException(FlowEnd.PROXY_FAILED, String.valueOf(e.getMessage()));
        }
    }

    /** A stream that encrypts nothing. */
    private record Scrambled(ParkedSocket socket) implements SecureStream {
        @Override
        public int read(ByteBuffer into, Duration timeout) throws IOException {
            return socket.read(into, Deadline.in(timeout));
        }

        @Override
        public int tryRead(ByteBuffer into) throws IOException {
            return socket.tryRead(into);
        }

        @Override
        public void awaitReadable(Deadline deadline) throws IOException {
            socket.awaitReadable(deadline);
        }

        @Override
        public void write(ByteBuffer from, Duration timeout) throws IOException {
            socket.write(from, Deadline.in(timeout));
        }

        @Override
        public void shutdownWrite(Duration timeout) throws IOException {
            socket.shutdownWrite();
        }

        @Override
        public void abort() {
            socket.abort();
        }

        @Override
        public void close() {
            socket.close();
        }
    }
}

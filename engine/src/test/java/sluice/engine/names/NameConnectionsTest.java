// SPDX-License-Identifier: Apache-2.0
package sluice.engine.names;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static sluice.testkit.Await.SOON;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import sluice.bounds.Bounds;
import sluice.engine.flow.FlowLedger;
import sluice.engine.flow.Owner;
import sluice.engine.park.Parking;
import sluice.linux.InetEndpoint;
import sluice.linux.StreamListener;
import sluice.testkit.Await;

@Timeout(200)
class NameConnectionsTest {
    private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");
    private static final InetEndpoint SERVER = new InetEndpoint(InetAddress.ofLiteral("192.0.2.53"), 53);
    private static final NameLimits LIMITS = new NameLimits(6, 1 << 20, SOON, SOON);

    private final NameCounters counters = new NameCounters();
    private final TestNames names = new TestNames().host("example.org", "203.0.113.1");
    private final Parking parking = Parking.start();
    private final StreamListener listener = StreamListener.open(new InetEndpoint(LOOPBACK, 0), 50, false);
    private final List<Socket> clients = new ArrayList<>();
    private NameConnections connections = connections(LIMITS);

    NameConnectionsTest() throws IOException {}

    private NameConnections connections(NameLimits limits) {
        var bounds = new Bounds(Bounds.Listener.NONE);
        var ledger = new FlowLedger(new FlowLedger.Limits(10, 10, 0, 100, 1000), bounds, _ -> {}, _ -> {});
        return new NameConnections(parking, limits, bounds, ledger, counters);
    }

    @AfterEach
    void close() throws IOException {
        for (var client : clients) {
            client.close();
        }
        connections.close();
        Await.until("no connection is left", SOON, () -> parking.size() == 0);
        parking.close();
        listener.close();
    }

    /** A connection that an application of this cgroup has made. */
    private Socket connect(String cgroup) throws IOException {
        var client = new Socket(LOOPBACK, listener.local().port());
        client.setSoTimeout((int) SOON.toMillis());
        clients.add(client);
        var accepted = Objects.requireNonNull(listener.accept());
        connections.open(names, "office", listener.peer(), SERVER, new Owner(cgroup, 0, -1, null), accepted);
        return client;
    }

    private Socket connect() throws IOException {
        return connect("/app");
    }

    private static byte[] query(int id, String name) {
        var query = ByteBuffer.allocate(512);
        query.putShort((short) id)
                .putShort((short) 0x0100)
                .putShort((short) 1)
                .putShort((short) 0)
                .putInt(0);
        for (var label : name.split("\\.")) {
            query.put((byte) label.length()).put(label.getBytes(StandardCharsets.US_ASCII));
        }
        query.put((byte) 0).putShort((short) 1).putShort((short) 1).flip();
        var framed = ByteBuffer.allocate(2 + query.remaining());
        return framed.putShort((short) query.remaining()).put(query).array();
    }

    private static ByteBuffer answer(Socket client) throws IOException {
        var in = new DataInputStream(client.getInputStream());
        return ByteBuffer.wrap(in.readNBytes(in.readUnsignedShort()));
    }

    private static int id(Socket client) throws IOException {
        return answer(client).getShort(0);
    }

    @Test
    void queriesAreAnsweredOneAfterTheOtherOnOneConnection() throws Exception {
        var client = connect();
        for (int i = 1; i <= 3; i++) {
            client.getOutputStream().write(query(i, "example.org"));
            var answer = answer(client);
            assertThat(answer.getShort(0)).isEqualTo((short) i);
            assertThat(answer.getInt(answer.limit() - 4)).isEqualTo(0xcb007101);
        }
        var asker = Objects.requireNonNull(names.asked.element().asker());
        assertThat(asker.client().port()).isEqualTo(client.getLocalPort());
        assertThat(asker.server()).isEqualTo(SERVER);
        assertThat(asker.target()).isEqualTo("office");
        assertThat(asker.overTcp()).isTrue();
        assertThat(asker.cgroup()).isEqualTo("/app");
        assertThat(counters.count(NameCounter.TCP_QUERIES)).isEqualTo(3);
        assertThat(counters.count(NameCounter.ANSWERED_AT_ONCE)).isEqualTo(3);
        assertThat(counters.count(NameCounter.TCP_CONNECTIONS)).isEqualTo(1);
    }

    @Test
    void pipelinedQueriesAreAnsweredAsAnswersCome() throws Exception {
        var client = connect();
        var all = ByteBuffer.allocate(512)
                .put(query(1, "later.one"))
                .put(query(2, "later.two"))
                .put(query(3, "example.org"))
                .flip();
        // In pieces, so that neither lengths nor messages arrive whole.
        while (all.hasRemaining()) {
            var piece = new byte[Math.min(5, all.remaining())];
            all.get(piece);
            client.getOutputStream().write(piece);
        }
        assertThat(id(client)).isEqualTo(3);
        assertThat(names.release()).isEqualTo(2);
        assertThat(id(client)).isEqualTo(2);
        assertThat(id(client)).isEqualTo(1);
        assertThat(counters.count(NameCounter.ANSWERED_LATER)).isEqualTo(2);
    }

    @Test
    void whoFinishesHisSideGetsHisAnswersStill() throws Exception {
        var client = connect();
        client.getOutputStream().write(query(1, "later.one"));
        client.shutdownOutput();
        Await.until("it was asked", SOON, () -> names.held() == 1);
        names.release();
        assertThat(id(client)).isEqualTo(1);
    }

    @Test
    void soManyQueriesAreUnansweredAtOnceAndNoMore() throws Exception {
        var client = connect();
        for (int i = 0; i < 100; i++) {
            client.getOutputStream().write(query(i, "later." + i));
        }
        Await.until("32 are asked", SOON, () -> names.held() == 32);
        names.release();
        for (int i = 0; i < 32; i++) {
            assertThat(id(client)).isLessThan(32);
        }
        Await.until("32 more are asked", SOON, () -> names.held() == 32);
        assertThat(names.asked).hasSize(64);
    }

    @Test
    void silentConnectionsAreClosed() throws Exception {
        connections = connections(new NameLimits(6, 1 << 20, Duration.ofMillis(100), SOON));
        var silent = connect();
        var half = connect();
        half.getOutputStream().write(new byte[] {0, 40, 1});
        assertThat(silent.getInputStream().read()).isEqualTo(-1);
        assertThat(half.getInputStream().read()).isEqualTo(-1);
    }

    @Test
    void slowReadersAreGivenUp() throws Exception {
        connections = connections(new NameLimits(6, 1 << 20, SOON, Duration.ofMillis(200)));
        var many = new ArrayList<InetAddress>();
        for (int i = 0; i < 100; i++) {
            many.add(InetAddress.ofLiteral("203.0.113." + i));
        }
        names.hosts.put("long.example.org", many);
        var client = connect();
        var out = new DataOutputStream(client.getOutputStream());
        Await.until("it is given up", SOON, () -> {
            Await.ignoringFailure(() -> out.write(query(1, "long.example.org")));
            return counters.count(NameCounter.SLOW_READERS) == 1;
        });
    }

    @Test
    void answersThatNobodyTakesAreBoundedInAll() throws Exception {
        connections = connections(new NameLimits(6, 120, SOON, SOON));
        var client = connect();
        client.getOutputStream().write(query(1, "later.one"));
        client.getOutputStream().write(query(2, "later.two.with.a.name.that.alone.is.too.long"));
        Await.until("both are asked", SOON, () -> names.held() == 2);
        names.release();
        Await.until("one is dropped", SOON, () -> counters.count(NameCounter.OVER_ANSWERS) == 1);
        assertThatThrownBy(() -> client.getInputStream().readAllBytes()).isInstanceOf(SocketException.class);
    }

    @Test
    void oneApplicationCannotTakeAllConnections() throws Exception {
        for (int i = 0; i < 4; i++) {
            connect("/greedy");
        }
        var refused = connect("/greedy");
        assertThatThrownBy(() -> refused.getInputStream().read()).isInstanceOf(SocketException.class);
        var other = connect("/modest");
        other.getOutputStream().write(query(7, "example.org"));
        assertThat(id(other)).isEqualTo(7);
        connect("/third");
        assertThatThrownBy(() -> connect("/fourth").getInputStream().read()).isInstanceOf(SocketException.class);
        assertThat(counters.count(NameCounter.OVER_CONNECTIONS)).isEqualTo(2);
        clients.getFirst().close();
        Await.until("there is room again", SOON, () -> {
            var again = connect("/greedy");
            again.getOutputStream().write(query(8, "example.org"));
            return id(again) == 8;
        });
    }

    @Test
    void anErrorOfOursEndsItsConnectionOnly() throws Exception {
        var client = connect();
        var other = connect();
        client.getOutputStream().write(query(1, "fails.example.org"));
        assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketException.class);
        assertThat(counters.count(NameCounter.FAILED)).isEqualTo(1);
        other.getOutputStream().write(query(2, "example.org"));
        assertThat(id(other)).isEqualTo(2);
    }
}

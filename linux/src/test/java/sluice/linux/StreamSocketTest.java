// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sluice.testkit.Await;

class StreamSocketTest {
    private static final int EINPROGRESS = 115;

    private final ByteBuffer buffer = ByteBuffer.allocateDirect(64);

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1"})
    void bytesAndTheEndArriveAtTheOtherSide(String address) throws Exception {
        try (var pair = Pair.connect(address)) {
            buffer.put("hello".getBytes(StandardCharsets.US_ASCII)).flip();
            assertThat(pair.client.write(buffer)).isEqualTo(5);
            pair.client.shutdownWrite();
            buffer.clear();
            assertThat(pair.accepted.peek(buffer)).isEqualTo(5);
            buffer.clear();
            assertThat(pair.accepted.read(buffer)).isEqualTo(5);
            assertThat(pair.accepted.read(buffer)).isZero();
            assertThat(pair.client.read(buffer)).isEqualTo(StreamSocket.WOULD_BLOCK);
        }
    }

    @Test
    void anAbortedConnectionIsAnErrorForThePeer() throws Exception {
        try (var pair = Pair.connect("127.0.0.1")) {
            pair.client.abort();
            assertThat(pair.accepted.read(buffer)).isEqualTo(-Errno.ECONNRESET);
            assertThat(pair.client.isOpen()).isFalse();
        }
    }

    @Test
    void aClosedPortIsAnErrorOfTheConnection() throws Exception {
        InetEndpoint closed;
        try (var listener = StreamListener.open(loopback("127.0.0.1"), 1, false)) {
            closed = listener.local();
        }
        try (var client = StreamSocket.open(SocketConstants.AF_INET)) {
            int result = client.connect(closed);
            int error = result == -EINPROGRESS ? client.error() : -result;
            assertThat(error).isEqualTo(Errno.ECONNREFUSED);
        }
    }

    @Test
    void acceptedConnectionsSendAsTheListenerWasTold() throws Exception {
        var allowed = Files.readString(Path.of("/proc/sys/net/ipv4/tcp_allowed_congestion_control"))
                .strip()
                .split(" ");
        try (var listener = StreamListener.open(loopback("127.0.0.1"), 8, false)) {
            for (var algorithm : allowed) {
                listener.congestionControl(algorithm);
                try (var client = StreamSocket.open(SocketConstants.AF_INET);
                        var accepted = join(listener, client)) {
                    assertThat(congestionControl(accepted)).isEqualTo(algorithm);
                }
            }
            assertThatThrownBy(() -> listener.congestionControl("none-such"))
                    .isInstanceOf(SystemCallException.class)
                    .hasMessageContaining("none-such");
        }
    }

    @Test
    void aListenerThatWasTakenOverHandsOnTheOptionsOfAnOpenedOne() throws Exception {
        try (var opened = StreamListener.open(loopback("127.0.0.1"), 1, false)) {
            var socket = NativeSocket.of(opened.descriptor());
            socket.option(SocketConstants.SOL_SOCKET, SocketConstants.SO_OOBINLINE, 0);
            socket.option(SocketConstants.IPPROTO_TCP, SocketConstants.TCP_NODELAY, 0);
            var _ = StreamListener.of(opened.descriptor());
            assertThat(socket.option(SocketConstants.SOL_SOCKET, SocketConstants.SO_OOBINLINE))
                    .isEqualTo(1);
            assertThat(socket.option(SocketConstants.IPPROTO_TCP, SocketConstants.TCP_NODELAY))
                    .isEqualTo(1);
        }
    }

    private static String congestionControl(StreamSocket socket) {
        var frame = CallFrame.current();
        int room = 16;
        frame.scratch.putInt(room, room);
        int result = SocketCalls.getsockopt(
                frame,
                socket.number(),
                SocketConstants.IPPROTO_TCP,
                SocketConstants.TCP_CONGESTION,
                frame.address,
                frame.address + room);
        assertThat(result).isZero();
        var bytes = new byte[frame.scratch.getInt(room)];
        frame.scratch.get(0, bytes);
        return new String(bytes, StandardCharsets.US_ASCII).trim();
    }

    @Test
    void anUnknownInterfaceIsNamed() throws Exception {
        try (var client = StreamSocket.open(SocketConstants.AF_INET)) {
            assertThatThrownBy(() -> client.bindToDevice("nosuch0"))
                    .isInstanceOf(NotFoundException.class)
                    .hasMessageContaining("nosuch0");
        }
    }

    @Test
    void endpointsReadAsPeopleWriteThem() {
        assertThat(endpoint("192.0.2.1", 80)).hasToString("192.0.2.1:80");
        assertThat(endpoint("2001:db8:0:0:1:0:0:1", 443)).hasToString("[2001:db8::1:0:0:1]:443");
        assertThat(endpoint("::", 53)).hasToString("[::]:53");
        assertThat(endpoint("::1", 53)).hasToString("[::1]:53");
        assertThat(endpoint("fe80::", 53)).hasToString("[fe80::]:53");
        assertThat(endpoint("::ffff:192.0.2.1", 1).isIpv4()).isTrue();
    }

    private static InetEndpoint loopback(String address) {
        return endpoint(address, 0);
    }

    private static InetEndpoint endpoint(String address, int port) {
        return new InetEndpoint(InetAddress.ofLiteral(address), port);
    }

    /** The other end of what is {@code client} from now on. */
    private static StreamSocket join(StreamListener listener, StreamSocket client) throws Exception {
        int result = client.connect(listener.local());
        assertThat(result).isIn(0, -EINPROGRESS);
        try (var poller = Poller.open()) {
            poller.register(listener.descriptor(), Poller.EPOLLIN, _ -> {});
            assertThat(poller.await(Await.SOON)).isEqualTo(1);
        }
        var accepted = Objects.requireNonNull(listener.accept());
        assertThat(client.error()).isZero();
        return accepted;
    }

    private record Pair(StreamListener listener, StreamSocket client, StreamSocket accepted) implements AutoCloseable {
        static Pair connect(String address) throws Exception {
            var listener = StreamListener.open(loopback(address), 1, false);
            var client = StreamSocket.open(listener.local().family());
            return new Pair(listener, client, join(listener, client));
        }

        @Override
        public void close() {
            accepted.close();
            client.close();
            listener.close();
        }
    }
}

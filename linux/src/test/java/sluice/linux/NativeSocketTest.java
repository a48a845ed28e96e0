// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static sluice.linux.SocketConstants.AF_NETLINK;
import static sluice.linux.SocketConstants.AF_UNIX;
import static sluice.linux.SocketConstants.SOCK_DGRAM;
import static sluice.linux.SocketConstants.SOCK_RAW;
import static sluice.linux.SocketConstants.SOL_SOCKET;
import static sluice.linux.SocketConstants.SO_RCVBUF;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sluice.testkit.Await;

class NativeSocketTest {
    private static final int NETLINK_ROUTE = 0;

    private final UnixAddress here =
            new UnixAddress("sluice-test-" + ProcessHandle.current().pid(), true);

    @Test
    void aMessageArrivesWholeWithItsSendersAddress(@TempDir Path directory) throws Exception {
        var sender = new UnixAddress(directory.resolve("sender").toString(), false);
        try (var out = unix();
                var in = unix()) {
            in.bind(here);
            out.bind(sender);
            assertThat(out.send(bytes("hello"), here)).isEqualTo(5);
            var buffer = ByteBuffer.allocateDirect(16);
            assertThat(in.receive(buffer)).isEqualTo(5);
            assertThat(text(buffer)).isEqualTo("hello");
            assertThat(in.source()).isEqualTo(sender);
            assertThat(in.localAddress()).isEqualTo(here);
        }
    }

    @Test
    void aMessageThatDoesNotFitTellsItsRealLength() throws Exception {
        try (var out = unix();
                var in = unix()) {
            in.bind(here);
            out.connect(here);
            out.send(bytes("hello world"));
            var buffer = ByteBuffer.allocateDirect(5);
            assertThat(in.receive(buffer)).isEqualTo(11);
            assertThat(text(buffer)).isEqualTo("hello");
            assertThat(in.source()).isEqualTo(new UnixAddress("", false));
        }
    }

    @Test
    void buffersAreUsedFromTheirPositionOn() throws Exception {
        try (var out = unix();
                var in = unix()) {
            in.bind(here);
            out.connect(here);
            var message = bytes("xxpayload");
            message.position(2);
            out.send(message);
            assertThat(message.hasRemaining()).isFalse();
            var buffer = ByteBuffer.allocateDirect(16);
            buffer.put((byte) '>');
            in.receive(buffer);
            assertThat(text(buffer)).isEqualTo(">payload");
        }
    }

    @Test
    void anEmptyNonBlockingSocketSaysSo() throws Exception {
        try (var in = unix()) {
            in.bind(here);
            in.nonBlocking(true);
            assertThat(in.receive(ByteBuffer.allocateDirect(8))).isEqualTo(NativeSocket.WOULD_BLOCK);
        }
    }

    @Test
    void receivingEndsAtItsTimeout() throws Exception {
        try (var in = unix()) {
            in.bind(here);
            in.receiveTimeout(Duration.ofMillis(20));
            long before = System.nanoTime();
            assertThat(in.receive(ByteBuffer.allocateDirect(8))).isEqualTo(NativeSocket.WOULD_BLOCK);
            assertThat(System.nanoTime() - before).isGreaterThan(15_000_000L);
        }
    }

    @Test
    void theKernelChoosesANetlinkPortId() throws Exception {
        try (var socket = NativeSocket.open(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, "rtnetlink socket")) {
            socket.bind(NetlinkAddress.KERNEL);
            assertThat(socket.localAddress())
                    .isInstanceOfSatisfying(
                            NetlinkAddress.class, a -> assertThat(a.portId()).isNotZero());
        }
    }

    @Test
    void aReceiveBufferOfTheWantedSizeIsReportedAsTheKernelCountsIt() throws Exception {
        try (var socket = unix()) {
            assertThat(socket.receiveBuffer(64 * 1024)).isEqualTo(128 * 1024);
            assertThat(socket.option(SOL_SOCKET, SO_RCVBUF)).isEqualTo(128 * 1024);
            assertThat(socket.sendBuffer(64 * 1024)).isEqualTo(128 * 1024);
        }
    }

    @Test
    void anAddressInUseIsAnAlreadyExistsException() throws Exception {
        try (var first = unix();
                var second = unix()) {
            first.bind(here);
            assertThatThrownBy(() -> second.bind(here))
                    .isInstanceOf(AlreadyExistsException.class)
                    .hasMessageContaining("bind test socket to UnixAddress")
                    .hasMessageContaining("EADDRINUSE");
        }
    }

    @Test
    void anUnknownFamilyIsUnsupported() {
        assertThatThrownBy(() -> NativeSocket.open(40_000, SOCK_DGRAM, 0, "odd socket"))
                .isInstanceOf(UnsupportedException.class)
                .hasMessage("open odd socket: EAFNOSUPPORT: this kernel does not support it");
    }

    @Test
    void aClosedSocketIsRefusedBeforeItsNumberMeansAnotherFile() throws Exception {
        var socket = unix();
        socket.close();
        socket.close();
        assertThatThrownBy(() -> socket.send(bytes("x"))).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void heapBuffersAreRefused() throws Exception {
        try (var socket = unix()) {
            assertThatThrownBy(() -> socket.send(ByteBuffer.allocate(1))).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void eachThreadSeesItsOwnErrno() throws Exception {
        var failing = Thread.ofPlatform().start(() -> {
            for (int i = 0; i < 20_000; i++) {
                assertThat(FileCalls.close(CallFrame.current(), -1)).isEqualTo(-Errno.EBADF);
            }
        });
        for (int i = 0; i < 20_000; i++) {
            assertThat(SocketCalls.socket(CallFrame.current(), 40_000, 1, 0)).isEqualTo(-Errno.EAFNOSUPPORT);
        }
        assertThat(failing.join(Await.SOON)).isTrue();
    }

    private static NativeSocket unix() throws SystemCallException {
        return NativeSocket.open(AF_UNIX, SOCK_DGRAM, 0, "test socket");
    }

    private static ByteBuffer bytes(String text) {
        var encoded = text.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocateDirect(encoded.length).put(encoded).flip();
    }

    private static String text(ByteBuffer filled) {
        var bytes = new byte[filled.flip().remaining()];
        filled.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }
}

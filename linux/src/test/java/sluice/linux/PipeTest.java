// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import sluice.testkit.Await;

class PipeTest {
    private static final int MEGABYTE = 1 << 20;

    @Test
    void bytesGoFromSocketToSocket() throws Exception {
        try (var from = Link.make();
                var to = Link.make();
                var pipe = Pipe.open(MEGABYTE)) {
            assertThat(pipe.fill(from.far, MEGABYTE)).isEqualTo(Pipe.WOULD_BLOCK);
            from.near.write(bytes(1, 2, 3));
            assertThat(pipe.fill(from.far, MEGABYTE)).isEqualTo(3);
            pipe.put(bytes(4));
            assertThat(pipe.held()).isEqualTo(4);
            assertThat(pipe.drain(to.near)).isEqualTo(4);
            assertThat(pipe.held()).isZero();
            var read = ByteBuffer.allocateDirect(8);
            assertThat(to.far.read(read)).isEqualTo(4);
            assertThat(read.flip()).isEqualTo(bytes(1, 2, 3, 4));
            from.near.close();
            assertThat(pipe.fill(from.far, MEGABYTE)).isZero();
        }
    }

    @Test
    void aPipeTakesNoMoreThanItHolds() throws Exception {
        try (var pipe = Pipe.open(1)) {
            assertThat(pipe.capacity()).isEqualTo(4096);
            var much = ByteBuffer.allocateDirect(10_000);
            pipe.put(much);
            assertThat(pipe.held()).isEqualTo(4096);
            assertThat(much.remaining()).isEqualTo(10_000 - 4096);
        }
    }

    @Test
    void anErrorOfTheReceiverIsAResult() throws Exception {
        try (var to = Link.make();
                var pipe = Pipe.open(MEGABYTE)) {
            to.far.abort();
            pipe.put(bytes(1));
            assertThat(pipe.drain(to.near)).isIn(-Errno.ECONNRESET, -Errno.EPIPE);
        }
    }

    @Test
    void whatWasPeekedAtIsDropped() throws Exception {
        try (var link = Link.make()) {
            link.near.write(bytes(1, 2, 3));
            assertThat(link.far.discard(2)).isEqualTo(2);
            var read = ByteBuffer.allocateDirect(8);
            assertThat(link.far.read(read)).isEqualTo(1);
            assertThat(read.get(0)).isEqualTo((byte) 3);
        }
    }

    @Test
    void theLimitOfOpenFilesIsThatOfTheProcess() throws Exception {
        var limit = new ProcessBuilder("sh", "-c", "ulimit -n").start();
        assertThat(OpenFiles.limit())
                .isEqualTo(Integer.parseInt(limit.inputReader().readLine()));
    }

    @Test
    void anEdgeIsReportedOnce() throws Exception {
        try (var link = Link.make();
                var poller = Poller.open()) {
            var registration = poller.register(link.far, Poller.EPOLLIN | Poller.EPOLLET, _ -> {});
            link.near.write(bytes(1));
            assertThat(poller.awaitMillis(5000)).isEqualTo(1);
            assertThat(poller.awaitMillis(0)).isZero();
            link.near.write(bytes(2));
            assertThat(poller.awaitMillis(5000)).isEqualTo(1);
            registration.forget();
            link.near.write(bytes(3));
            assertThat(poller.awaitMillis(0)).isZero();
        }
    }

    private static ByteBuffer bytes(int... values) {
        var buffer = ByteBuffer.allocateDirect(values.length);
        for (int value : values) {
            buffer.put((byte) value);
        }
        return buffer.flip();
    }

    private record Link(StreamSocket near, StreamSocket far) implements AutoCloseable {
        static Link make() throws Exception {
            var loopback = new InetEndpoint(InetAddress.ofLiteral("127.0.0.1"), 0);
            try (var listener = StreamListener.open(loopback, 1, false)) {
                var near = StreamSocket.openPlain(SocketConstants.AF_INET);
                var _ = near.connect(listener.local());
                var accepted = new AtomicReference<@Nullable StreamSocket>();
                Await.until("accepted", Await.SOON, () -> {
                    accepted.set(listener.accept());
                    return accepted.get() != null;
                });
                assertThat(listener.peer()).isEqualTo(near.local());
                return new Link(near, Objects.requireNonNull(accepted.get()));
            }
        }

        @Override
        public void close() {
            near.close();
            far.close();
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class EdgePollerTest {
    private static final ByteBuffer BYTE = ByteBuffer.allocateDirect(1);

    @Test
    void aWatcherHearsOnceOfWhatBecamePossible() throws Exception {
        try (var poller = EdgePoller.open();
                var listener = StreamListener.open(new InetEndpoint(InetAddress.ofLiteral("127.0.0.1"), 0), 1, false);
                var near = StreamSocket.open(SocketConstants.AF_INET)) {
            assertThat(near.connect(listener.local())).isIn(0, -Errno.EINPROGRESS);
            List<Integer> heard = new ArrayList<>();
            long key = poller.watch(near, heard::add);
            assertThat(poller.size()).isEqualTo(1);
            // At once, for what is possible already.
            assertThat(poller.await()).isEqualTo(1);
            assertThat(heard).containsExactly(Poller.EPOLLOUT);
            try (var far = Objects.requireNonNull(listener.accept())) {
                assertThat(far.write(BYTE.clear())).isEqualTo(1);
                assertThat(poller.await()).isEqualTo(1);
                assertThat(heard)
                        .hasSize(2)
                        .last()
                        .satisfies(events -> assertThat(events & Poller.EPOLLIN).isNotZero());
                // Nothing was read, and nothing new came: only the wakeup ends this wait.
                poller.wakeup();
                assertThat(poller.await()).isZero();
                poller.forget(key, near);
                far.abort();
                assertThat(poller.await()).isZero();
                assertThat(poller.size()).isZero();
                assertThat(heard).hasSize(2);
            }
        }
    }

    @Test
    void threadsBorrowTheMemoryOfTheirCallsOneAfterTheOther() throws Exception {
        var first = new AtomicReference<CallFrame>();
        var second = new AtomicReference<CallFrame>();
        for (var frame : List.of(first, second)) {
            Thread.ofVirtual()
                    .start(() -> CallScope.run(() -> frame.set(CallFrame.current())))
                    .join();
        }
        assertThat(first.get()).isNotNull().isSameAs(second.get());
    }
}

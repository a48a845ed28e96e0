// SPDX-License-Identifier: Apache-2.0
package sluice.dns;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import sluice.rules.Endpoint;

/** A network behind which one server answers every question, but holds its answers back until it is told to give them. Time means nothing here. */
final class HeldNetwork implements Network, AutoCloseable {
    private final Set<String> asked = ConcurrentHashMap.newKeySet();
    private final ConcurrentHashMap<String, CountDownLatch> held = new ConcurrentHashMap<>();
    private volatile boolean free;
    private volatile boolean closed;

    /** The names that it was asked for. */
    Set<String> asked() {
        return asked;
    }

    /** Answers the question for a name, now or when it comes. */
    void answer(String name) {
        latch(name).countDown();
    }

    /** Answers all there is and all that comes. */
    void answerAll() {
        free = true;
        held.values().forEach(CountDownLatch::countDown);
    }

    private CountDownLatch latch(String name) {
        return held.computeIfAbsent(name, _ -> new CountDownLatch(1));
    }

    @Override
    public Thread start(String name, Runnable task) {
        return Thread.ofVirtual().name(name).start(task);
    }

    @Override
    public Stream connect(String outbound, Endpoint server, @Nullable Tls tls, Duration timeout) throws IOException {
        throw new IOException("there are no connections here");
    }

    @Override
    public boolean carriesUdp(String outbound) {
        return true;
    }

    @Override
    public Datagrams datagrams(String outbound, Endpoint server, Duration timeout) {
        return new Held();
    }

    private final class Held implements Datagrams {
        private byte[] query = {};

        @Override
        public void send(ByteBuffer datagram) {
            query = new byte[datagram.remaining()];
            datagram.get(query);
            asked.add(TestServer.name(query));
        }

        @Override
        public int receive(ByteBuffer into, Duration timeout) throws IOException {
            var latch = latch(TestServer.name(query));
            try {
                if (!free) {
                    latch.await();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException(e);
            }
            if (closed) {
                throw new IOException("the test is over");
            }
            byte[] answer = TestServer.addressesFor(query, 60, "192.0.2.80");
            into.put(answer);
            return answer.length;
        }

        @Override
        public void close() {
            // Nothing is open.
        }
    }

    @Override
    public void close() {
        closed = true;
        answerAll();
    }
}

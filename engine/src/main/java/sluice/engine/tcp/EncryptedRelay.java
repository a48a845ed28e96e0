// SPDX-License-Identifier: Apache-2.0
package sluice.engine.tcp;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongConsumer;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import sluice.engine.flow.Flow;
import sluice.engine.flow.FlowEnd;
import sluice.engine.outbound.SecureStream;
import sluice.engine.park.Deadline;
import sluice.engine.park.NoBufferException;
import sluice.engine.park.ParkedSocket;
import sluice.linux.Errno;
import sluice.linux.SystemCallException;

/**
 * A flow whose upstream is encrypted: two virtual threads, one for each direction, which hold a buffer only while there are bytes, and end the
 * flow when too many others wait with theirs already. Whoever ends it first says why.
 */
final class EncryptedRelay {
    private static final int DIRECTIONS = 2;
    private static final String CUT_OFF = "TLS ended without close_notify, so something may be missing";
    private static final Duration FOR_EVER = Duration.ofDays(10_000);

    private final TcpEngine engine;
    private final Flow flow;
    private final ParkedSocket client;
    private final SecureStream stream;
    private final AtomicInteger finished = new AtomicInteger();
    private final AtomicBoolean unheard;
    private volatile long movedAt = System.nanoTime();
    /** Of both directions: as long as one moves something, the other one may wait. */
    private final Deadline patience;

    private boolean ended;

    /** Where a direction's bytes come from. */
    private record Source(Read reading, Wait waiting) {}

    private interface Read {
        int tryRead(ByteBuffer into) throws IOException;
    }

    private interface Wait {
        void awaitReadable(Deadline deadline) throws IOException;
    }

    /**
     * Owns both connections.
     *
     * @param unheard whether it matters which side speaks first
     */
    EncryptedRelay(TcpEngine engine, Flow flow, ParkedSocket client, SecureStream stream, boolean unheard) {
        this.engine = engine;
        this.flow = flow;
        this.client = client;
        this.stream = stream;
        this.unheard = new AtomicBoolean(unheard);
        this.patience = Deadline.moving(flow, this::nanosLeft);
    }

    void start() {
        engine.encrypted().add(this);
        var _ = engine.parking().start("engine-seal-" + flow.id(), this::send);
        var _ = engine.parking().start("engine-open-" + flow.id(), this::receive);
    }

    void stop() {
        end(FlowEnd.STOPPED, "", true);
    }

    private void send() {
        KeepAlive.on(client::option);
        var blame = FlowEnd.CLIENT_RESET;
        try {
            var source = new Source(client::tryRead, client::awaitReadable);
            for (var bytes = next(source); bytes != null; bytes = next(source)) {
                blame = FlowEnd.UPSTREAM_RESET;
                if (unheard.getAndSet(false)) {
                    engine.speakers().clientSpoke(flow.destination().endpoint());
                }
                int count = bytes.remaining();
                try {
                    stream.write(bytes, patience);
                } finally {
                    engine.parking().buffers().give(bytes);
                }
                moved(count, flow::addSent);
                blame = FlowEnd.CLIENT_RESET;
            }
            blame = FlowEnd.UPSTREAM_RESET;
            stream.shutdownWrite(patience);
            finished();
        } catch (IOException | RuntimeException e) {
            failed(blame, e);
        }
    }

    private void receive() {
        KeepAlive.on(stream::option);
        var blame = FlowEnd.UPSTREAM_RESET;
        try {
            var source = new Source(stream::tryRead, stream::awaitReadable);
            for (var bytes = next(source); bytes != null; bytes = next(source)) {
                blame = FlowEnd.CLIENT_RESET;
                if (unheard.getAndSet(false)) {
                    engine.speakers().serverSpoke(flow.destination().endpoint(), System.nanoTime() - movedAt);
                }
                int count = bytes.remaining();
                try {
                    client.write(bytes, patience);
                } finally {
                    engine.parking().buffers().give(bytes);
                }
                moved(count, flow::addReceived);
                blame = FlowEnd.UPSTREAM_RESET;
            }
            if (stream.isCutOff()) {
                end(FlowEnd.UPSTREAM_RESET, CUT_OFF, true);
                return;
            }
            blame = FlowEnd.CLIENT_RESET;
            client.shutdownWrite();
            finished();
        } catch (IOException | RuntimeException e) {
            failed(blame, e);
        }
    }

    /** What comes next, in a buffer that has to be given back; null at the end. */
    private @Nullable ByteBuffer next(Source source) throws IOException {
        var buffers = engine.parking().buffers();
        while (true) {
            var buffer = buffers.take();
            int count = 0;
            try {
                count = source.reading.tryRead(buffer);
            } finally {
                if (count <= 0) {
                    buffers.give(buffer);
                }
            }
            if (count != 0) {
                return count < 0 ? null : buffer.flip();
            }
            source.waiting.awaitReadable(patience);
        }
    }

    /** Counts bytes; none once the flow has ended, since whoever has heard of that takes its numbers for the last ones. */
    private synchronized void moved(int bytes, LongConsumer counter) {
        movedAt = System.nanoTime();
        if (!ended) {
            counter.accept(bytes);
        }
    }

    /** How long nothing may move from now on: in steps in which the end of one direction is noticed in time by the other one. */
    private long nanosLeft() {
        var settings = engine.settings();
        long halfClose = nanos(settings.halfCloseTimeout());
        long silent = System.nanoTime() - movedAt;
        return finished.get() > 0 ? halfClose - silent : Math.min(nanos(settings.idleTimeout()) - silent, halfClose);
    }

    private static long nanos(Duration timeout) {
        return (timeout.isZero() ? FOR_EVER : timeout).toNanos();
    }

    private void finished() {
        movedAt = System.nanoTime();
        if (finished.incrementAndGet() == DIRECTIONS) {
            end(FlowEnd.FINISHED, "", false);
        }
    }

    private void failed(FlowEnd blame, Exception cause) {
        var detail = String.valueOf(cause.getMessage());
        switch (cause) {
            case SocketTimeoutException _ -> end(finished.get() > 0 ? FlowEnd.HALF_CLOSED : FlowEnd.IDLE, "", true);
            case NoBufferException _ -> end(FlowEnd.LIMIT, detail, true);
            case SSLException _ -> end(FlowEnd.PROXY_FAILED, detail, true);
            // An end of its own kind says it all.
            case SystemCallException e
            when e.errno() == Errno.EPIPE || e.errno() == Errno.ECONNRESET -> end(blame, "", true);
            case IOException _ -> end(blame, detail, true);
            default -> end(FlowEnd.STOPPED, "internal error: " + cause, true);
        }
    }

    private void end(FlowEnd reason, String detail, boolean reset) {
        synchronized (this) {
            if (ended) {
                return;
            }
            ended = true;
        }
        engine.encrypted().remove(this);
        if (reset) {
            client.abort();
            stream.abort();
        } else {
            client.close();
            stream.close();
        }
        engine.ledger().close(flow, reason, detail);
    }
}

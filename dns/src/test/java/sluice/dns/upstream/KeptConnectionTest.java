// SPDX-License-Identifier: Apache-2.0
package sluice.dns.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import sluice.dns.message.Outgoing;
import sluice.dns.message.Query;

/** A connection that is kept, and given up. */
class KeptConnectionTest {
    private static final Outgoing QUERY = new Outgoing(Query.of("www.example.org", 1), true);

    /** Answers with what it is asked. */
    private record Echo(AtomicBoolean closed) implements Connection {
        @Override
        public byte[] ask(Outgoing query, Deadline deadline) {
            return query.bytes(0);
        }

        @Override
        public boolean isOpen() {
            return !closed.get();
        }

        @Override
        public void close() {
            closed.set(true);
        }
    }

    @Test
    @Timeout(200)
    void closingDoesNotWaitForAConnectionThatIsBeingMadeAndWhichIsClosedThen() throws Exception {
        var connecting = new CountDownLatch(1);
        var connected = new CountDownLatch(1);
        var connection = new Echo(new AtomicBoolean());
        var kept = new KeptConnection(_ -> {
            connecting.countDown();
            await(connected);
            return connection;
        });
        var answer = CompletableFuture.supplyAsync(() -> {
            try {
                return kept.ask(QUERY, Deadline.in(Duration.ofSeconds(15)));
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
        connecting.await();
        kept.close();
        connected.countDown();
        assertThatThrownBy(() -> answer.get(45, TimeUnit.SECONDS)).hasMessageContaining("not in use any more");
        assertThat(connection.isOpen()).isFalse();
    }

    @Test
    void closingClosesWhatIsKept() throws Exception {
        var connection = new Echo(new AtomicBoolean());
        var kept = new KeptConnection(_ -> connection);
        kept.ask(QUERY, Deadline.in(Duration.ofSeconds(15)));
        kept.close();
        assertThat(connection.isOpen()).isFalse();
        assertThatThrownBy(() -> kept.ask(QUERY, Deadline.in(Duration.ofSeconds(15))))
                .hasMessageContaining("not in use any more");
    }

    @Test
    void afterARenewalQueriesGoByANewConnectionAndTheOldOneEndsByItself() throws Exception {
        var made = new ArrayList<Echo>();
        var kept = new KeptConnection(_ -> {
            made.add(new Echo(new AtomicBoolean()));
            return made.getLast();
        });
        kept.ask(QUERY, Deadline.in(Duration.ofSeconds(15)));
        kept.ask(QUERY, Deadline.in(Duration.ofSeconds(15)));
        assertThat(made).hasSize(1);
        kept.renew();
        kept.ask(QUERY, Deadline.in(Duration.ofSeconds(15)));
        assertThat(made).hasSize(2);
        assertThat(made.getFirst().isOpen()).isTrue();
    }

    @Test
    @Timeout(20)
    void aConnectionThatWasBegunBeforeARenewalIsNotKept() throws Exception {
        var made = new ArrayList<Echo>();
        var kept = new AtomicReference<KeptConnection>();
        kept.set(new KeptConnection(_ -> {
            if (made.isEmpty()) {
                kept.get().renew();
            }
            made.add(new Echo(new AtomicBoolean()));
            return made.getLast();
        }));
        kept.get().ask(QUERY, Deadline.in(Duration.ofSeconds(15)));
        kept.get().ask(QUERY, Deadline.in(Duration.ofSeconds(15)));
        assertThat(made).hasSize(2);
    }

    private static void await(CountDownLatch latch) throws IOException {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }
}

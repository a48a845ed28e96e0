// SPDX-License-Identifier: Apache-2.0
package sluice.dns.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
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
        public boolean leftQueries() {
            return true;
        }

        @Override
        public void close() {
            closed.set(true);
        }
    }

    /** Ends without an answer. */
    private record Cut(boolean leftQueries) implements Connection {
        @Override
        public byte[] ask(Outgoing query, Deadline deadline) throws IOException {
            throw new EOFException("the server ended the connection");
        }

        @Override
        public boolean isOpen() {
            return false;
        }

        @Override
        public void close() {}
    }

    /** Carries nothing more. */
    private static final Connection FULL = new Connection() {
        @Override
        public byte[] ask(Outgoing query, Deadline deadline) {
            throw new AssertionError("it is full");
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public boolean isFull() {
            return true;
        }

        @Override
        public boolean leftQueries() {
            return true;
        }

        @Override
        public void close() {}
    };

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
    void aServerThatClosesAConnectionWithoutAnyAnswerIsNotAskedAgain() {
        var made = new AtomicInteger();
        var kept = new KeptConnection(_ -> {
            made.incrementAndGet();
            return new Cut(false);
        });
        assertThatThrownBy(() -> kept.ask(QUERY, Deadline.in(Duration.ofSeconds(15))))
                .hasMessage("the server ended the connection");
        assertThat(made).hasValue(1);
    }

    @Test
    void aQueryThatConnectionsLeaveWithoutAnAnswerIsAskedAFewTimesAndThenAlone() {
        var made = new AtomicInteger();
        var kept = new KeptConnection(_ -> {
            made.incrementAndGet();
            return new Cut(true);
        });
        assertThatThrownBy(() -> kept.ask(QUERY, Deadline.in(Duration.ofSeconds(15))))
                .hasMessage("the server ended the connection");
        assertThat(made).hasValue(5);
        // Known as one that closes connections, it gets one for each query.
        assertThatThrownBy(() -> kept.ask(QUERY, Deadline.in(Duration.ofSeconds(15))))
                .hasMessage("the server ended the connection");
        assertThat(made).hasValue(6);
    }

    @Test
    void aQueryForWhichTheConnectionHasNoRoomGoesByAnotherThatIsClosedAfterIt() throws Exception {
        var other = new Echo(new AtomicBoolean());
        var next = new ArrayList<>(List.of(FULL, other));
        var kept = new KeptConnection(_ -> next.removeFirst());
        assertThat(kept.ask(QUERY, Deadline.in(Duration.ofSeconds(15)))).isEqualTo(QUERY.bytes(0));
        assertThat(other.isOpen()).isFalse();
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

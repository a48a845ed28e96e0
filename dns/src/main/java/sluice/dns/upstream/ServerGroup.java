// SPDX-License-Identifier: Apache-2.0
package sluice.dns.upstream;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import sluice.dns.Network;
import sluice.dns.message.Answer;
import sluice.dns.message.AnswerReader;
import sluice.dns.message.MalformedAnswerException;
import sluice.dns.message.Query;
import sluice.rules.DnsSettings.Strategy;

/** Servers of which any may answer. Any thread. */
public final class ServerGroup {
    /** What one server gets before the next one is asked. */
    private static final Duration PATIENCE = Duration.ofMillis(2500);

    private static final int ROUNDS = 2;

    private final IntSupplier id;
    private final Network network;
    private final Supplier<List<Server>> servers;
    private volatile Strategy strategy;

    ServerGroup(IntSupplier id, Network network, Strategy strategy, Supplier<List<Server>> servers) {
        this.id = id;
        this.network = network;
        this.strategy = strategy;
        this.servers = servers;
    }

    /** An answer, and who gave it. */
    public record Given(Answer answer, String server) {}

    /** A number that no other group has. The machine's own servers get another one when they are others. */
    public int id() {
        return id.getAsInt();
    }

    void strategy(Strategy changed) {
        strategy = changed;
    }

    /** The servers as in the configuration, in its order. */
    public List<String> names() {
        return servers.get().stream().map(Server::toString).toList();
    }

    /**
     * Asks, and waits.
     *
     * @throws IOException if nobody answers in time; says what was wrong with each
     */
    public Given ask(Query query, Deadline deadline) throws IOException {
        var order = new ArrayList<>(servers.get());
        // Stable: of those that are well, the first in the configuration.
        order.sort(Comparator.comparing(Server::isDown));
        if (order.isEmpty()) {
            throw new IOException("there is no server to ask: dns.servers is empty, and so is /etc/resolv.conf");
        }
        return strategy == Strategy.PARALLEL && order.size() > 1
                ? inParallel(order, query, deadline)
                : inOrder(order, query, deadline);
    }

    private static Given inOrder(List<Server> order, Query query, Deadline deadline) throws IOException {
        Given unsure = null;
        IOException failure = null;
        for (int round = 0; round < ROUNDS; round++) {
            for (var server : order) {
                if (deadline.isOver()) {
                    break;
                }
                try {
                    var given = ask(server, query, deadline.within(PATIENCE));
                    if (given.answer().isUseful()) {
                        return given;
                    }
                    unsure = unsure == null ? given : unsure;
                } catch (IOException e) {
                    failure = joined(failure, e);
                }
            }
            if (unsure != null) {
                return unsure;
            }
        }
        throw failure == null ? new IOException("no time is left") : failure;
    }

    private Given inParallel(List<Server> order, Query query, Deadline deadline) throws IOException {
        var results = new ArrayBlockingQueue<Object>(order.size());
        for (var server : order) {
            var _ = network.start("dns-parallel", () -> {
                try {
                    results.add(ask(server, query, deadline.within(PATIENCE)));
                } catch (IOException e) {
                    results.add(e);
                }
            });
        }
        Given unsure = null;
        IOException failure = null;
        for (int i = 0; i < order.size(); i++) {
            switch (take(results, deadline)) {
                case Given given
                when given.answer().isUseful() -> {
                    return given;
                }
                case Given given -> unsure = unsure == null ? given : unsure;
                case IOException e -> failure = joined(failure, e);
                case null, default -> {}
            }
        }
        if (unsure != null) {
            return unsure;
        }
        throw failure == null ? new IOException("no server answered in time") : failure;
    }

    private static @Nullable Object take(ArrayBlockingQueue<Object> results, Deadline deadline) throws IOException {
        try {
            return results.poll(deadline.leftOrNone().toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new java.io.InterruptedIOException("interrupted while waiting for answers");
        }
    }

    private static Given ask(Server server, Query query, Deadline deadline) throws IOException {
        byte[] answer = server.ask(query, deadline);
        try {
            return new Given(AnswerReader.read(answer), server.toString());
        } catch (MalformedAnswerException e) {
            throw new IOException(server + ": its answer is malformed: " + e.getMessage(), e);
        }
    }

    private static IOException joined(@Nullable IOException before, IOException now) {
        if (before == null) {
            return now;
        }
        String said = String.valueOf(before.getMessage());
        String more = String.valueOf(now.getMessage());
        return said.contains(more) ? before : new IOException(said + "; " + more, now);
    }
}

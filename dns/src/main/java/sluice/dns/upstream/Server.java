// SPDX-License-Identifier: Apache-2.0
package sluice.dns.upstream;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import sluice.dns.DnsCounter;
import sluice.dns.DnsListener;
import sluice.dns.message.Outgoing;
import sluice.dns.message.Query;
import sluice.linux.IpText;
import sluice.rules.DnsServer;

/** One server of the configuration, at each of its addresses. Any thread. */
final class Server implements AutoCloseable {
    /** How long one that failed is asked after the others only. */
    private static final Duration DOWN = Duration.ofSeconds(15);

    private final DnsServer settings;
    private final Transports transports;
    private final DnsListener listener;
    private final Map<String, Transport> opened = new ConcurrentHashMap<>();
    private final AtomicBoolean saidFailed = new AtomicBoolean();
    private volatile long downUntil = System.nanoTime();
    private volatile long answeredAt = downUntil - DOWN.toNanos();
    private volatile boolean closed;
    private volatile String best = "";

    Server(DnsServer settings, Transports transports, DnsListener listener) {
        this.settings = settings;
        this.transports = transports;
        this.listener = listener;
    }

    /** Whether it failed just now. */
    boolean isDown() {
        return downUntil - System.nanoTime() > 0;
    }

    /** Asks it, at its addresses one after the other. */
    byte[] ask(Query query, Deadline deadline) throws IOException {
        transports.counters().add(DnsCounter.ASKED);
        try {
            byte[] answer = askSomewhere(query, deadline);
            answered();
            return answer;
        } catch (IOException e) {
            transports.counters().add(DnsCounter.NOT_ANSWERED);
            failed(String.valueOf(e.getMessage()));
            throw new IOException(this + ": " + e.getMessage(), e);
        }
    }

    private void answered() {
        downUntil = System.nanoTime();
        answeredAt = downUntil;
        if (saidFailed.compareAndSet(true, false)) {
            listener.serverAnswers(toString());
        }
    }

    private void failed(String reason) {
        long now = System.nanoTime();
        downUntil = now + DOWN.toNanos();
        // One that answers other questions has not failed: it is silent about a name.
        boolean silent = now - answeredAt >= DOWN.toNanos() && !closed;
        if (silent && saidFailed.compareAndSet(false, true)) {
            listener.serverFailed(toString(), reason);
        }
    }

    private byte[] askSomewhere(Query query, Deadline deadline) throws IOException {
        IOException failure = new IOException("no time is left");
        var hosts = hosts();
        for (int i = 0; i < hosts.size() && !deadline.isOver(); i++) {
            String host = hosts.get(i);
            // The last one may take all that is left.
            var until = deadline.within(deadline.left().dividedBy(hosts.size() - i));
            try {
                byte[] answer = ask(opened.computeIfAbsent(host, h -> transports.to(settings, h)), query, until);
                best = host;
                return answer;
            } catch (IOException e) {
                failure = e;
            }
        }
        throw failure;
    }

    private static byte[] ask(Transport transport, Query query, Deadline deadline) throws IOException {
        byte[] answer = transport.ask(new Outgoing(query, true), deadline);
        return Outgoing.isWithoutEdns(answer) ? transport.ask(new Outgoing(query, false), deadline) : answer;
    }

    /** Where it is, the address that answered last first; its name if the configuration has no address: then its outbound looks it up. */
    private List<String> hosts() {
        var addresses = settings.addresses();
        return addresses.isEmpty()
                ? List.of(Transports.host(settings))
                : addresses.stream()
                        .map(IpText::of)
                        .sorted((a, b) -> Boolean.compare(b.equals(best), a.equals(best)))
                        .toList();
    }

    /** Has what is asked from now on go by new connections. */
    void renew() {
        opened.values().forEach(Transport::renew);
    }

    @Override
    public void close() {
        closed = true;
        opened.values().forEach(Transport::close);
    }

    /** As in the configuration. */
    @Override
    public String toString() {
        return settings.uri().toString();
    }
}

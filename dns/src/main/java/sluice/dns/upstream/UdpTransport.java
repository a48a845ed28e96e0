// SPDX-License-Identifier: Apache-2.0
package sluice.dns.upstream;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import sluice.dns.DnsCounter;
import sluice.dns.DnsCounters;
import sluice.dns.Network;
import sluice.dns.message.Outgoing;
import sluice.dns.message.Wire;
import sluice.rules.Endpoint;

/**
 * Over UDP, with a port, an id and letters of its own for each query, so that answers from elsewhere are not believed (RFC 5452); over TCP where the
 * answer does not fit.
 */
final class UdpTransport implements Transport {
    private static final List<Duration> PATIENCE = List.of(Duration.ofMillis(600), Duration.ofMillis(1200));

    /** Some senders may be wrong; more than this is an attempt. */
    private static final int MOST_STRANGERS = 64;

    private static final int RANDOM_BYTES = 34;

    private final Network network;
    private final String outbound;
    private final Endpoint endpoint;
    private final Transport overTcp;
    private final SecureRandom random;
    private final DnsCounters counters;

    UdpTransport(
            Network network,
            String outbound,
            Endpoint endpoint,
            Transport overTcp,
            SecureRandom random,
            DnsCounters counters) {
        this.network = network;
        this.outbound = outbound;
        this.endpoint = endpoint;
        this.overTcp = overTcp;
        this.random = random;
        this.counters = counters;
    }

    @Override
    public byte[] ask(Outgoing query, Deadline deadline) throws IOException {
        if (!network.carriesUdp(outbound)) {
            return overTcp.ask(query, deadline);
        }
        for (var patience : PATIENCE) {
            var attempt = new Attempt(query, deadline.within(patience));
            byte[] answer = attempt.answer();
            if (answer != null) {
                return Outgoing.isTruncated(answer) ? overTcp.ask(query, deadline) : answer;
            }
            if (attempt.strangers > 0) {
                // Somebody guesses, or the server changes letters: on a connection neither matters.
                return overTcp.ask(query, deadline);
            }
        }
        throw new SocketTimeoutException("no answer over UDP");
    }

    /** One datagram, and what comes back for it. */
    private final class Attempt {
        private final Outgoing query;
        private final Deadline until;
        private final int id;
        private final byte[] sent;
        private int strangers;

        Attempt(Outgoing query, Deadline until) {
            this.query = query;
            this.until = until;
            var bytes = new byte[RANDOM_BYTES];
            random.nextBytes(bytes);
            id = Wire.unsignedShort(bytes, 0);
            sent = query.bytes(id, Arrays.copyOfRange(bytes, 2, RANDOM_BYTES));
        }

        byte @org.jspecify.annotations.Nullable [] answer() throws IOException {
            try (var socket = network.datagrams(outbound, endpoint, until.left())) {
                socket.send(ByteBuffer.wrap(sent));
                var buffer = ByteBuffer.allocate(2 * Wire.UDP_SIZE);
                while (strangers < MOST_STRANGERS) {
                    socket.receive(buffer.clear(), until.leftOrNone());
                    byte[] message = Arrays.copyOf(buffer.array(), buffer.position());
                    if (query.isAnsweredBy(message, id) && query.hasSameLetters(sent, message)) {
                        return message;
                    }
                    strangers++;
                    counters.add(DnsCounter.NOT_BELIEVED);
                }
                return null;
            } catch (SocketTimeoutException e) {
                return null;
            }
        }
    }

    @Override
    public void renew() {
        overTcp.renew();
    }

    @Override
    public void close() {
        overTcp.close();
    }
}

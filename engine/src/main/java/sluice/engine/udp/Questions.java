// SPDX-License-Identifier: Apache-2.0
package sluice.engine.udp;

import java.nio.ByteBuffer;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import sluice.bounds.Bound;
import sluice.bounds.Claimant;
import sluice.dns.NameService;
import sluice.engine.flow.Owner;
import sluice.engine.flow.Transport;
import sluice.engine.names.NameCounter;
import sluice.engine.names.NameCounters;
import sluice.linux.DatagramBatch;
import sluice.linux.RawEndpoint;

/**
 * Port 53 over UDP: queries are answered in the place of the server that was asked, without a mapping or a flow. The loop's thread only, but
 * for {@link #later} and {@link #owner}.
 */
final class Questions {
    /** Where name servers listen (RFC 1035, section 4.2). */
    static final int PORT = 53;

    private static final int LONGEST_ANSWER = 65_507;

    private final UdpLoop loop;
    private final NameCounters counters;
    private final RecentOwners owners = new RecentOwners(System::nanoTime);
    private final Queue<Late> late = new ConcurrentLinkedQueue<>();
    private final AtomicInteger lateCount = new AtomicInteger();
    private ReplySockets.@Nullable ReplySocket ipv4;
    private ReplySockets.@Nullable ReplySocket ipv6;

    /** A query whose answer waits to be sent, and its place among those. */
    private record Late(Question question, Bound.Place place) {}

    Questions(UdpLoop loop, NameCounters counters) {
        this.loop = loop;
        this.counters = counters;
    }

    /**
     * Has the query of a slot answered; an answer that is there at once takes its place.
     *
     * @return where the slot, addressed already, is to leave by; null when there is nothing to send, or not yet
     */
    @Nullable
    Sender answer(NameService names, String target, RawEndpoint client, RawEndpoint server, int slot) {
        var batch = loop.batch;
        if (batch.segment(slot) != 0) {
            answerTrain(names, target, client, server, slot);
            return null;
        }
        var question = new Question(this, target, client.copy(), server.copy());
        var answer = ask(names, question, batch.payload(slot));
        return answer == null ? null : put(batch, slot, question, answer);
    }

    /** Queries that the kernel joined. */
    private void answerTrain(NameService names, String target, RawEndpoint client, RawEndpoint server, int slot) {
        var payload = loop.batch.payload(slot);
        int end = payload.limit();
        for (int at = payload.position(); at < end; at += loop.batch.segment(slot)) {
            var question = new Question(this, target, client.copy(), server.copy());
            int length = Math.min(loop.batch.segment(slot), end - at);
            var answer = ask(names, question, payload.slice(at, length));
            var through = answer == null ? null : put(loop.single, 0, question, answer);
            if (through != null) {
                through.send(loop.single, 0, 1);
            }
        }
    }

    private byte @Nullable [] ask(NameService names, Question question, ByteBuffer query) {
        counters.add(NameCounter.UDP_QUERIES);
        try {
            var answer = names.answer(question, query, question);
            if (answer != null) {
                counters.add(NameCounter.ANSWERED_AT_ONCE);
            }
            return answer;
        } catch (RuntimeException _) {
            // Datagrams of others must not suffer from an error of ours.
            counters.add(NameCounter.FAILED);
            return null;
        }
    }

    private @Nullable Sender put(DatagramBatch batch, int slot, Question question, byte[] answer) {
        if (answer.length > LONGEST_ANSWER) {
            counters.add(NameCounter.FAILED);
            return null;
        }
        batch.put(slot, answer);
        batch.address(slot, question.client, question.server);
        if (question.server.isIpv4()) {
            ipv4 = loop.replies.get(ipv4, Claimant.SELF, true, PORT, loop.now());
            return ipv4;
        }
        ipv6 = loop.replies.get(ipv6, Claimant.SELF, false, PORT, loop.now());
        return ipv6;
    }

    /** Has an answer sent soon. Any thread. */
    void later(Question question) {
        counters.add(NameCounter.ANSWERED_LATER);
        var place = loop.shares.lateAnswers().take(question);
        if (place == null) {
            counters.add(NameCounter.OVER_ANSWERS);
            return;
        }
        late.add(new Late(question, place));
        if (lateCount.getAndIncrement() == 0) {
            loop.post(this::sendLate);
        }
    }

    private void sendLate() {
        int count = lateCount.get();
        for (int left = count; left > 0; left -= Math.min(left, loop.batch.slots())) {
            sendLate(Math.min(left, loop.batch.slots()));
        }
        if (lateCount.addAndGet(-count) > 0) {
            loop.post(this::sendLate);
        }
    }

    /** Neighbours that leave by the same socket leave with one call. */
    private void sendLate(int count) {
        var batch = loop.batch;
        Sender through = null;
        int first = 0;
        int slot = 0;
        for (int i = 0; i < count; i++) {
            var next = late.remove();
            next.place.close();
            var by = put(batch, slot, next.question, next.question.answer());
            if (by == null) {
                continue;
            }
            if (through != null && !through.equals(by)) {
                through.send(batch, first, slot - first);
                first = slot;
            }
            through = by;
            slot++;
        }
        if (through != null) {
            through.send(batch, first, slot - first);
        }
    }

    /** Whose query it is. Any thread. */
    Owner owner(Question question) {
        return owners.owner(
                question.client,
                question.server,
                () -> loop.attribution.ownerOrUnknown(Transport.UDP, question.client(), question.server()));
    }
}

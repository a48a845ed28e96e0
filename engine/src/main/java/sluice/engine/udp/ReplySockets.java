// SPDX-License-Identifier: Apache-2.0
package sluice.engine.udp;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import sluice.bounds.Bound;
import sluice.bounds.Claimant;
import sluice.linux.DatagramBatch;
import sluice.linux.LimitReachedException;
import sluice.linux.NativeSocket;
import sluice.linux.SocketConstants;
import sluice.linux.SystemCallException;

/**
 * Sockets that send answers to clients: one for each port that peers answer from, closed after a few quiet seconds so that a local server may
 * have the port. The loop's thread only.
 */
final class ReplySockets implements AutoCloseable {
    private static final long QUIET_NANOS = 5_000_000_000L;
    private static final long RETRY_NANOS = 1_000_000_000L;

    private final UdpCounters counters;
    private final Map<Integer, ReplySocket> sockets = new HashMap<>();
    /** The one that was asked for last: datagrams may be on their way to it. */
    private @Nullable ReplySocket inUse;

    private int mark;
    private final Bound bound;

    ReplySockets(UdpCounters counters, int mark, Bound bound) {
        this.counters = counters;
        this.mark = mark;
        this.bound = bound;
    }

    /** One socket, or the knowledge that the port cannot be had. */
    final class ReplySocket implements Sender {
        private @Nullable NativeSocket socket;
        /** What datagrams count as while there is no socket. */
        private UdpCounter dropped = UdpCounter.NO_REPLY_SOCKET;

        private final Claimant claimant;
        private final Bound.@Nullable Place place;
        private final long made;
        private long lastUsed;
        private boolean closed;

        private ReplySocket(Claimant claimant, Bound.@Nullable Place place, long made) {
            this.claimant = claimant;
            this.place = place;
            this.made = made;
        }

        private boolean over(long now) {
            return socket == null ? now - made >= RETRY_NANOS : now - lastUsed > QUIET_NANOS;
        }

        @Override
        public void send(DatagramBatch batch, int first, int count) {
            var by = socket;
            if (by == null) {
                counters.add(dropped, datagrams(batch, first, count));
                return;
            }
            for (int done = 0; done < count; ) {
                int sent = batch.send(by, first + done, count - done);
                if (sent < 0) {
                    counters.add(UdpCounter.SEND_FAILED, batch.datagrams(first + done));
                }
                done += Math.max(1, sent);
            }
        }

        private void close() {
            closed = true;
            if (place != null) {
                place.close();
            }
            if (socket != null) {
                socket.close();
                socket = null;
            }
        }
    }

    /** The packet mark from now on: what is sent next has a new socket. */
    void mark(int changed) {
        close();
        mark = changed;
    }

    int open() {
        return sockets.size();
    }

    /**
     * The socket for answers from a port.
     *
     * @param known what this gave last time, or null
     * @param claimant for whom
     */
    ReplySocket get(@Nullable ReplySocket known, Claimant claimant, boolean ipv4, int port, long now) {
        var socket = known == null || known.closed ? find(claimant, ipv4, port, now) : known;
        socket.lastUsed = now;
        inUse = socket;
        return socket;
    }

    private ReplySocket find(Claimant claimant, boolean ipv4, int port, long now) {
        int key = ipv4 ? port : port | 1 << 16;
        var found = sockets.get(key);
        if (found == null) {
            found = make(claimant, ipv4, port, now);
            sockets.put(key, found);
        }
        return found;
    }

    private ReplySocket make(Claimant claimant, boolean ipv4, int port, long now) {
        var place = bound.take(claimant);
        while (place == null && evict(claimant.share())) {
            place = bound.take(claimant);
        }
        var made = new ReplySocket(claimant, place, now);
        try {
            made.socket = DatagramSockets.reply(ipv4 ? SocketConstants.AF_INET : SocketConstants.AF_INET6, port, mark);
        } catch (LimitReachedException _) {
            made.dropped = UdpCounter.OVER_DESCRIPTORS;
        } catch (SystemCallException _) {
            // Taken by a server without SO_REUSEADDR: counted with each datagram, tried again soon.
        }
        return made;
    }

    /**
     * Closes the one of a share that was quiet for longest, or of all applications where the share has none; whether there was one that is not in
     * use.
     */
    private boolean evict(String share) {
        var oldest = oldest(socket -> !socket.claimant.equals(Claimant.SELF)
                && socket.claimant.share().equals(share));
        if (oldest == null) {
            oldest = oldest(socket -> !socket.claimant.equals(Claimant.SELF));
        }
        if (oldest == null) {
            return false;
        }
        oldest.getValue().close();
        sockets.remove(oldest.getKey());
        return true;
    }

    private Map.@Nullable Entry<Integer, ReplySocket> oldest(Predicate<ReplySocket> which) {
        Map.Entry<Integer, ReplySocket> oldest = null;
        for (var entry : sockets.entrySet()) {
            var socket = entry.getValue();
            if (!socket.equals(inUse)
                    && (oldest == null || socket.lastUsed < oldest.getValue().lastUsed)
                    && which.test(socket)) {
                oldest = entry;
            }
        }
        return oldest;
    }

    static long datagrams(DatagramBatch batch, int first, int count) {
        long sum = 0;
        for (int i = first; i < first + count; i++) {
            sum += batch.datagrams(i);
        }
        return sum;
    }

    /** Closes what was quiet. */
    void sweep(long now) {
        sockets.values().removeIf(socket -> {
            boolean over = socket.over(now);
            if (over) {
                socket.close();
            }
            return over;
        });
    }

    @Override
    public void close() {
        sockets.values().forEach(ReplySocket::close);
        sockets.clear();
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.engine.udp;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import sluice.bounds.Bound;
import sluice.linux.DatagramBatch;
import sluice.linux.Errno;
import sluice.linux.RawEndpoint;
import sluice.linux.SystemCallException;

/**
 * Tells applications that nobody listens where they send: on the direct way a connected socket learns it from an ICMP error. To send one takes
 * CAP_NET_RAW; but the kernel does it for a datagram that a rule on output rejects. So an empty one goes out in the application's name, meets that
 * rule, and the error finds the application's socket by what it quotes. An unconnected socket, which would not be told either, usually holds its port
 * at the wildcard address: then there is no such datagram. The loop's thread only.
 */
final class Refusals {
    private static final long SECOND_NANOS = 1_000_000_000L;

    private final UdpCounters counters;
    private final DatagramBatch slot;
    private final Bound inASecond;
    /** What was taken in this second. */
    private final List<Bound.Place> told = new ArrayList<>();

    private int mark;

    private long second;

    /**
     * Nothing is told yet.
     *
     * @param slot for one datagram, which is over when {@link #tell} returns
     * @param inASecond how many are told within one
     */
    Refusals(UdpCounters counters, int mark, DatagramBatch slot, Bound inASecond, long now) {
        this.counters = counters;
        this.mark = mark;
        this.slot = slot;
        this.inASecond = inASecond;
        this.second = now;
    }

    /** The packet mark from now on. */
    void mark(int changed) {
        mark = changed;
    }

    /** Has the client's socket see ECONNREFUSED from the peer, which has the address that the client knows. */
    void tell(Mapping client, RawEndpoint peer, long now) {
        counters.add(
                admits(client, now) && reject(client.client, peer)
                        ? UdpCounter.REFUSALS_TOLD
                        : UdpCounter.REFUSALS_UNTOLD,
                1);
    }

    private boolean admits(Mapping client, long now) {
        if (now - second >= SECOND_NANOS) {
            second = now;
            told.forEach(Bound.Place::close);
            told.clear();
        }
        var place = inASecond.take(client);
        return place != null && told.add(place);
    }

    private boolean reject(RawEndpoint client, RawEndpoint peer) {
        try (var socket = DatagramSockets.inNameOf(client, mark)) {
            slot.put(0, ByteBuffer.allocate(0));
            slot.address(0, peer, client);
            int result = slot.send(socket, 0, 1);
            // The rule tells its sender too. A closed port of this machine gets the datagram, and refuses it itself.
            return result == -Errno.EPERM || result == 1;
        } catch (SystemCallException _) {
            return false;
        }
    }
}

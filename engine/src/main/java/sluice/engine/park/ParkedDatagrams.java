// SPDX-License-Identifier: Apache-2.0
package sluice.engine.park;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import sluice.linux.EdgePoller;
import sluice.linux.NativeSocket;
import sluice.linux.Pollable;

/**
 * A connected datagram socket for threads that wait: one may receive while another sends, and any may close, which ends the wait with a
 * {@link java.nio.channels.ClosedChannelException}. Owns its socket.
 *
 * <p>ICMP errors of earlier datagrams are a {@link sluice.linux.SystemCallException}, a deadline that passed is a
 * {@link java.net.SocketTimeoutException}.
 */
public final class ParkedDatagrams extends Parked {
    private final NativeSocket socket;

    ParkedDatagrams(NativeSocket socket, EdgePoller poller, Buffers buffers) {
        super(poller, buffers);
        this.socket = socket;
    }

    @Override
    Pollable watched() {
        return socket.descriptor();
    }

    @Override
    void closeSocket() {
        socket.close();
    }

    /** Sends the remaining bytes as one datagram; lost where there is no room for it, as datagrams are. At most {@link Buffers#BYTES}. */
    public void send(ByteBuffer datagram) throws IOException {
        var buffer = buffers.take();
        try {
            buffer.put(datagram).flip();
            var _ = use(() -> socket.send(buffer));
        } finally {
            buffers.give(buffer);
        }
    }

    /**
     * Waits for a datagram and stores as much of it as there is room for, at most {@link Buffers#BYTES}; the bytes stored. A datagram that has
     * come is received although the deadline has passed: on a busy machine this thread, and the one that wakes it, wait for a processor.
     */
    public int receive(ByteBuffer into, Deadline deadline) throws IOException {
        while (true) {
            int count = tryReceive(into);
            if (count != NativeSocket.WOULD_BLOCK) {
                moved(reading);
                return count;
            }
            try {
                await(reading, deadline);
            } catch (SocketTimeoutException e) {
                int late = tryReceive(into);
                if (late == NativeSocket.WOULD_BLOCK) {
                    throw e;
                }
                return late;
            }
        }
    }

    private int tryReceive(ByteBuffer into) throws IOException {
        reading.ready = false;
        var buffer = buffers.take();
        try {
            buffer.limit(Math.min(buffer.capacity(), into.remaining()));
            if (use(() -> socket.receive(buffer)) == NativeSocket.WOULD_BLOCK) {
                return NativeSocket.WOULD_BLOCK;
            }
            int count = buffer.flip().remaining();
            into.put(buffer);
            return count;
        } finally {
            buffers.give(buffer);
        }
    }
}

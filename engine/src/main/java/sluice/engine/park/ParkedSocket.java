// SPDX-License-Identifier: Apache-2.0
package sluice.engine.park;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import sluice.linux.EdgePoller;
import sluice.linux.InetEndpoint;
import sluice.linux.Pollable;
import sluice.linux.StreamSocket;
import sluice.linux.SystemCallException;

/**
 * A TCP connection for threads that wait: one may read while another writes, and any may close, which ends both their waits with a
 * {@link ClosedChannelException}. Owns its socket.
 *
 * <p>Errors of the connection are a {@link SystemCallException}, a deadline that passed is a {@link SocketTimeoutException}.
 */
public final class ParkedSocket extends Parked {
    private final StreamSocket socket;
    private volatile boolean reset;

    ParkedSocket(StreamSocket socket, EdgePoller poller, Buffers buffers) {
        super(poller, buffers);
        this.socket = socket;
    }

    @Override
    Pollable watched() {
        return socket;
    }

    @Override
    void closeSocket() {
        if (reset) {
            socket.abort();
        } else {
            socket.close();
        }
    }

    /** Waits until a connection that has begun stands. */
    void awaitConnected(InetEndpoint to, Deadline deadline) throws IOException {
        await(writing, deadline);
        int error = use(socket::error);
        if (error != 0) {
            throw SystemCallException.of("connect to", to.toString(), error);
        }
    }

    /**
     * Reads what is there into the buffer's remaining room, of which there is some, without waiting.
     *
     * @return bytes read; 0 when there is nothing yet; -1 at the end
     */
    public int tryRead(ByteBuffer into) throws IOException {
        reading.ready = false;
        int result = into.isDirect() ? use(() -> socket.read(into)) : bounced(into);
        if (result > 0) {
            moved(reading);
            return result;
        }
        return result == 0 ? -1 : checked(result, "read from");
    }

    private int bounced(ByteBuffer into) throws IOException {
        var buffer = buffers.take();
        try {
            buffer.limit(Math.min(buffer.capacity(), into.remaining()));
            int result = use(() -> socket.read(buffer));
            into.put(buffer.flip());
            return result;
        } finally {
            buffers.give(buffer);
        }
    }

    private static int checked(int result, String operation) throws SystemCallException {
        if (result == StreamSocket.WOULD_BLOCK) {
            return 0;
        }
        throw SystemCallException.of(operation, "a TCP connection", -result);
    }

    /** As {@link #tryRead}, but waits for something; never 0. */
    public int read(ByteBuffer into, Deadline deadline) throws IOException {
        while (true) {
            deadline.check();
            int count = tryRead(into);
            if (count != 0) {
                return count;
            }
            await(reading, deadline);
        }
    }

    /**
     * Writes all remaining bytes.
     *
     * @throws NoBufferException it would have to wait with a direct buffer, as too many do already
     */
    public void write(ByteBuffer from, Deadline deadline) throws IOException {
        while (from.hasRemaining()) {
            writing.ready = false;
            int result = from.isDirect() ? use(() -> socket.write(from)) : bouncedWrite(from);
            if (result > 0) {
                moved(writing);
            } else if (checked(result, "write to") == 0) {
                awaitRoom(from, deadline);
            }
        }
    }

    private void awaitRoom(ByteBuffer held, Deadline deadline) throws IOException {
        if (!held.isDirect()) {
            await(writing, deadline);
            return;
        }
        try (var _ = buffers.waits(deadline.claimant())) {
            await(writing, deadline);
        }
    }

    private int bouncedWrite(ByteBuffer from) throws IOException {
        var buffer = buffers.take();
        try {
            int count = Math.min(buffer.remaining(), from.remaining());
            buffer.put(from.slice(from.position(), count)).flip();
            int result = use(() -> socket.write(buffer));
            from.position(from.position() + Math.max(0, result));
            return result;
        } finally {
            buffers.give(buffer);
        }
    }

    /** Sends FIN after what is written. */
    public void shutdownWrite() throws IOException {
        use(() -> {
            socket.shutdownWrite();
            return 0;
        });
    }

    /** setsockopt(2) with an {@code int}. */
    public void option(int level, int name, int value) throws IOException {
        use(() -> {
            socket.option(level, name, value);
            return 0;
        });
    }

    /** The address of this end. */
    public InetEndpoint local() throws IOException {
        return use(socket::local);
    }

    /**
     * Gives the socket away: the caller owns it, and this is done with. Nobody else uses it at that moment.
     *
     * @throws ClosedChannelException when it is closed
     */
    public StreamSocket detach() throws ClosedChannelException {
        if (!giveUp()) {
            throw new ClosedChannelException();
        }
        return socket;
    }

    /** Closes so that the peer gets RST. */
    public void abort() {
        reset = true;
        close();
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.engine.tcp;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import sluice.bounds.Bound;
import sluice.linux.Pipe;
import sluice.linux.Poller;
import sluice.linux.SocketConstants;
import sluice.linux.StreamSocket;
import sluice.linux.SystemCallException;

/**
 * One end of a relay: its socket, and the direction that begins here. Bytes are copied through the loop's buffer while they are few; a read
 * that brings many switches to splice(2), and a splice that brings few switches back. Urgent data is passed on in its place, as ordinary data
 * (RFC 6093, section 6). The loop's thread only.
 *
 * <p>Edges: what the kernel reported stays noted until a call says that it is over.
 */
final class Side implements Poller.Handler {
    private static final int EDGES =
            Poller.EPOLLIN | Poller.EPOLLPRI | Poller.EPOLLOUT | Poller.EPOLLRDHUP | Poller.EPOLLET;
    private static final int TURNS = 8;
    private static final int SPLICE_BYTES = 1 << 20;
    /** Less than one segment as the kernel gathers it, up to 65,535 bytes with its headers: where they arrive one by one no read is longer. */
    private static final int MANY_BYTES = 48 << 10;

    private static final int FEW_BYTES = 4096;

    final Relay relay;
    final StreamSocket socket;
    private Poller.@Nullable Registration registration;
    /** Read here and not yet written to the other side. */
    private @Nullable Pipe pipe;
    /** Among the pipes that flows hold; none where another loop was faster. */
    private Bound.@Nullable Place pipePlace;

    /** As {@link #pipe}, and before it. */
    private @Nullable ByteBuffer ahead;

    private boolean readable;
    private boolean writable;
    /** The peer said FIN, or worse: only reading to the end tells. */
    private boolean hangup;
    /** Everything that the peer said has been read. */
    private boolean ended;
    /** FIN was sent to the peer. */
    private boolean finished;

    private boolean splicing;
    /** The peer has sent urgent data. */
    private boolean urgent;

    private boolean delayless;
    private boolean wrote;

    /**
     * A side that is not heard yet.
     *
     * @param delayless whether TCP_NODELAY is set
     */
    Side(Relay relay, StreamSocket socket, boolean delayless) {
        this.relay = relay;
        this.socket = socket;
        this.delayless = delayless;
    }

    /** Begins to hear the socket, unless it is heard already; what holds now is reported at once. */
    void listen(Loop loop) throws SystemCallException {
        if (registration == null) {
            registration = loop.poller.register(socket, EDGES, this);
        }
    }

    /** Is not heard any more, in order to be heard on another loop. */
    void leave() {
        if (registration != null) {
            registration.close();
            registration = null;
        }
    }

    @Override
    public void ready(int events) {
        if ((events & (Poller.EPOLLRDHUP | Poller.EPOLLHUP | Poller.EPOLLERR)) != 0) {
            hangup = true;
        }
        if ((events & Poller.EPOLLPRI) != 0 && !urgent) {
            copyFromNowOn();
        }
        if (hangup || (events & (Poller.EPOLLIN | Poller.EPOLLPRI)) != 0) {
            readable = true;
        }
        if ((events & Poller.EPOLLOUT) != 0) {
            writable = true;
        }
        relay.ready(this, events);
    }

    /** splice(2) never gets past an urgent byte (tcp_read_sock in net/ipv4/tcp.c), and recv(2) drops it unless it is in line. */
    private void copyFromNowOn() {
        urgent = true;
        splicing = false;
        try {
            socket.option(SocketConstants.SOL_SOCKET, SocketConstants.SO_OOBINLINE, 1);
        } catch (SystemCallException _) {
            // A connection that is gone; the next call tells.
        }
    }

    boolean writable() {
        return writable;
    }

    boolean readable() {
        return readable;
    }

    boolean hangup() {
        return hangup;
    }

    boolean ended() {
        return ended;
    }

    boolean finished() {
        return finished;
    }

    /** A connection that has just been made takes bytes. */
    void assumeWritable() {
        writable = true;
    }

    /** Bytes that this side's peer said while the connection was negotiated. */
    void ahead(ByteBuffer bytes) {
        ahead = bytes.hasRemaining() ? bytes : null;
    }

    /** Whether bytes were read here that the other side has not taken. */
    boolean holding() {
        return ahead != null || (pipe != null && pipe.held() > 0);
    }

    boolean splicing() {
        return splicing;
    }

    /**
     * Moves bytes from here to the other side until nothing can be moved, or others should have a turn.
     *
     * @return whether there is more to move
     */
    boolean pump(Side to, Loop loop) {
        for (int turn = 0; turn < TURNS && !relay.closed(); turn++) {
            if (!progress(to, loop)) {
                break;
            }
        }
        if (relay.closed()) {
            return false;
        }
        var empty = pipe;
        if (empty != null && empty.held() == 0) {
            give(empty, loop);
        }
        return movable(to);
    }

    private void give(Pipe held, Loop loop) {
        pipe = null;
        loop.give(held);
        if (pipePlace != null) {
            pipePlace.close();
            pipePlace = null;
        }
    }

    private boolean movable(Side to) {
        if (holding()) {
            return to.writable;
        }
        return ended ? !to.finished : readable && to.writable;
    }

    private boolean progress(Side to, Loop loop) {
        if (!movable(to)) {
            return false;
        }
        if (holding()) {
            drain(to, loop);
        } else if (ended) {
            to.finish(this);
        } else if (splicing) {
            fill(loop);
        } else {
            copy(to, loop);
        }
        return true;
    }

    /** Passes on what this side's peer said before its connection broke, as far as the other one takes it now. */
    void flush(Side to, Loop loop) {
        readable = true;
        splicing = false;
        for (int turn = 0; turn < TURNS && to.writable; turn++) {
            if (holding()) {
                drain(to, loop);
            } else if (readable && !ended) {
                copy(to, loop);
            } else {
                return;
            }
        }
    }

    private void copy(Side to, Loop loop) {
        var buffer = loop.buffer.clear();
        // With no room for what the other side may not take, only what it took is taken.
        boolean peeking = pipe == null && !(loop.heldPipes().hasRoom(relay.flow()) && loop.hasSpare());
        int read = peeking ? socket.peek(buffer) : socket.read(buffer);
        if (read <= 0) {
            nothing(read);
            return;
        }
        buffer.flip();
        int written = to.write(buffer);
        if (written < 0) {
            to.writable = false;
            relay.broken(to, -written);
            return;
        }
        if (peeking) {
            discard(written);
        } else if (buffer.hasRemaining()) {
            keep(buffer, loop);
        }
        relay.count(this, written);
        if (read >= MANY_BYTES && !urgent) {
            splicing = true;
        }
        if (read < Loop.BUFFER_BYTES && (written == read || !peeking)) {
            // A short read has emptied the queue, or ends at an urgent byte; what comes later is a new edge. FIN may
            // have come with it.
            readable = hangup || urgent;
        }
    }

    /** Takes what was looked at only and has been passed on. */
    private void discard(int bytes) {
        if (bytes > 0) {
            socket.discard(bytes);
        }
    }

    private void keep(ByteBuffer rest, Loop loop) {
        // One that was emptied in this turn is still here.
        var room = pipe;
        if (room == null) {
            room = loop.takeSpare();
            pipePlace = loop.heldPipes().take(relay.flow());
        }
        if (room == null) {
            throw new IllegalStateException("read without room for what is left");
        }
        pipe = room;
        try {
            room.put(rest);
        } catch (SystemCallException e) {
            throw new IllegalStateException("write to a pipe of our own", e);
        }
    }

    private void nothing(int result) {
        if (result == 0) {
            ended = true;
            readable = false;
        } else if (result == StreamSocket.WOULD_BLOCK) {
            readable = false;
        } else {
            readable = false;
            relay.broken(this, -result);
        }
    }

    private void fill(Loop loop) {
        var room = pipe == null ? take(loop) : pipe;
        if (room == null) {
            splicing = false;
            return;
        }
        // The pipe is empty, so that "would block" is the socket's word.
        int moved = room.fill(socket, SPLICE_BYTES);
        if (moved < 0) {
            nothing(moved);
        } else if (moved < FEW_BYTES) {
            // None: at the end, or at an urgent byte after which FIN has come; a read tells.
            splicing = false;
        }
    }

    private @Nullable Pipe take(Loop loop) {
        var place = loop.heldPipes().take(relay.flow());
        if (place != null) {
            pipe = loop.takeSpare();
            if (pipe == null) {
                place.close();
            } else {
                pipePlace = place;
            }
        }
        return pipe;
    }

    private void drain(Side to, Loop loop) {
        var early = ahead;
        int moved;
        if (early != null) {
            var buffer = loop.buffer.clear();
            int length = Math.min(buffer.remaining(), early.remaining());
            buffer.put(early.slice(early.position(), length)).flip();
            moved = to.write(buffer);
            if (moved > 0) {
                early.position(early.position() + moved);
                ahead = early.hasRemaining() ? early : null;
            }
        } else {
            moved = to.take(pipe);
        }
        if (moved < 0) {
            to.writable = false;
            relay.broken(to, -moved);
        } else {
            relay.count(this, moved);
        }
    }

    /** Writes what the socket takes: bytes, or {@code -errno} when it is broken. */
    private int write(ByteBuffer bytes) {
        prepareWrite();
        int offered = bytes.remaining();
        int written = socket.write(bytes);
        if (written == StreamSocket.WOULD_BLOCK) {
            written = 0;
        }
        if (written >= 0 && written < offered) {
            writable = false;
        }
        return written;
    }

    private int take(@Nullable Pipe from) {
        if (from == null) {
            return 0;
        }
        prepareWrite();
        int moved = from.drain(socket);
        if (moved == Pipe.WOULD_BLOCK) {
            writable = false;
            return 0;
        }
        return moved;
    }

    /** The first write never waits for an acknowledgement (RFC 896), and many connections see no second one: that saves them a call. */
    private void prepareWrite() {
        if (!delayless && wrote) {
            delayless = true;
            try {
                socket.noDelay();
            } catch (SystemCallException _) {
                // A connection that is gone; the write tells.
            }
        }
        wrote = true;
    }

    private void finish(Side from) {
        finished = true;
        // When the peer has finished too, close(2) says FIN.
        if (!ended || holding()) {
            socket.shutdownWrite();
        }
        relay.finished(from);
    }

    /** The socket's pending error, which is gone afterwards; 0 when there is none. */
    int pendingError() {
        try {
            return socket.error();
        } catch (SystemCallException e) {
            return e.errno();
        }
    }

    void keepAlive() {
        KeepAlive.on(socket::option);
    }

    /** Ends this side, with FIN or with RST. */
    void close(Loop loop, boolean abort) {
        if (registration != null) {
            registration.forget();
            registration = null;
        }
        if (pipe != null) {
            give(pipe, loop);
        }
        ahead = null;
        if (abort) {
            socket.abort();
        } else {
            socket.close();
        }
    }
}

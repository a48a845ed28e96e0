// SPDX-License-Identifier: Apache-2.0
package sluice.engine.park;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import sluice.bounds.Bound;
import sluice.bounds.Bounds;
import sluice.linux.CallScope;
import sluice.linux.EdgePoller;
import sluice.linux.Errno;
import sluice.linux.InetEndpoint;
import sluice.linux.NativeSocket;
import sluice.linux.StreamSocket;
import sluice.linux.SystemCallException;

/** The thread {@code engine-park}, which wakes those that wait for a {@link ParkedSocket} or for {@link ParkedDatagrams}. Any thread. */
public final class Parking implements AutoCloseable {
    /** Each with up to three buffers of 18 KiB: what is to be written, and a record for each TLS that it goes through. */
    private static final int MOST_WAITING = 1024;

    private final EdgePoller poller;
    private final Buffers buffers;
    private final Thread thread;
    private volatile boolean closing;

    private Parking(EdgePoller poller, Bound waiting) {
        this.poller = poller;
        this.buffers = new Buffers(ByteBuffer::allocateDirect, waiting);
        this.thread = Thread.ofPlatform().daemon().name("engine-park").unstarted(this::serve);
    }

    /** Starts the thread, with a bound of its own. */
    public static Parking start() throws SystemCallException {
        return start(new Bounds(Bounds.Listener.NONE));
    }

    /**
     * Starts the thread.
     *
     * @param bounds gets the one of those who hold buffers while they wait
     */
    public static Parking start(Bounds bounds) throws SystemCallException {
        return start(MOST_WAITING, bounds);
    }

    /** As {@link #start(Bounds)}, with another number of those who may hold direct buffers while they wait for a peer that does not read. */
    public static Parking start(int mostWaiting, Bounds bounds) throws SystemCallException {
        var parking = new Parking(EdgePoller.open(), bounds.add("slow-readers", mostWaiting));
        parking.thread.start();
        return parking;
    }

    private void serve() {
        try {
            while (!closing) {
                poller.await();
            }
        } catch (SystemCallException e) {
            throw new IllegalStateException("wait on an epoll instance of our own", e);
        } finally {
            poller.close();
        }
    }

    /**
     * Starts a virtual thread that may use sockets.
     *
     * @param name for thread dumps
     */
    public Thread start(String name, Runnable task) {
        return Thread.ofVirtual().name(name).start(() -> CallScope.run(task));
    }

    /**
     * Takes over a connection, connected or about to be.
     *
     * @throws SystemCallException when it cannot be watched; the caller still owns it then
     */
    public ParkedSocket adopt(StreamSocket socket) throws SystemCallException {
        checkOpen("a TCP connection");
        var parked = new ParkedSocket(socket, poller, buffers);
        parked.watch();
        return parked;
    }

    /**
     * Takes over a datagram socket that is connected and does not block.
     *
     * @throws SystemCallException when it cannot be watched; the caller still owns it then
     */
    public ParkedDatagrams adopt(NativeSocket socket) throws SystemCallException {
        checkOpen("a UDP socket");
        var parked = new ParkedDatagrams(socket, poller, buffers);
        parked.watch();
        return parked;
    }

    private void checkOpen(String socket) throws SystemCallException {
        if (closing) {
            throw SystemCallException.of("wait for", socket, Errno.EBADF, "the engine has stopped");
        }
    }

    /**
     * Connects; parks meanwhile.
     *
     * @param socket unconnected; the result owns it, or it is closed when this throws
     * @throws SystemCallException why there is no connection
     * @throws java.net.SocketTimeoutException when there was no answer in time
     */
    public ParkedSocket connect(StreamSocket socket, InetEndpoint to, Deadline deadline) throws IOException {
        ParkedSocket parked = null;
        try {
            int result = socket.connect(to);
            if (result != 0 && result != -Errno.EINPROGRESS) {
                throw SystemCallException.of("connect to", to.toString(), -result);
            }
            // Watched after that: an unconnected socket would report that it hung up (tcp_poll in net/ipv4/tcp.c).
            parked = adopt(socket);
        } finally {
            if (parked == null) {
                socket.close();
            }
        }
        try {
            parked.awaitConnected(to, deadline);
            return parked;
        } catch (IOException e) {
            parked.close();
            throw e;
        }
    }

    /** Buffers for single calls. */
    public Buffers buffers() {
        return buffers;
    }

    /** How many sockets are watched. */
    public int size() {
        return poller.size();
    }

    /** Ends the thread. Whoever still waits does so until his time is up; sockets stay their owners'. */
    @Override
    public void close() {
        if (closing) {
            return;
        }
        closing = true;
        try {
            poller.wakeup();
            thread.join(TimeUnit.SECONDS.toMillis(5));
        } catch (SystemCallException e) {
            throw new IllegalStateException("ring an eventfd of our own", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.control;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Phaser;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import sluice.linux.LimitReachedException;
import sluice.linux.PeerCredentials;
import sluice.linux.Poller;
import sluice.linux.SystemCallException;
import sluice.linux.UnixConnection;
import sluice.linux.UnixListener;

/**
 * Serves a {@link Controlled} daemon on its control socket.
 *
 * <p>One thread accepts; each connection has a short-lived one of its own, carries one request, and is bounded in time, bytes
 * and number. Who may do what follows from SO_PEERCRED: everybody who can open the socket may read; root and the daemon's
 * own user may everything; others may {@code run} what {@link Controlled#mayRun} says. Starting costs no memory to speak of:
 * the HTTP library is loaded by the first connection.
 */
public final class ControlServer implements AutoCloseable {
    private static final Duration PAUSE = Duration.ofMillis(100);
    private static final Duration DRAIN = Duration.ofSeconds(2);
    private static final int STACK_BYTES = 512 * 1024;
    private static final String BUSY =
            "{\"error\":{\"code\":\"busy\"," + "\"message\":\"too many connections at once\",\"hint\":\"try again\"}}";

    private final UnixListener listener;
    private final Controlled daemon;
    private final ControlLimits limits;
    private final Admission admission;
    private final Poller poller;
    private final Set<UnixConnection> connections = ConcurrentHashMap.newKeySet();
    private final AtomicLong counter = new AtomicLong();
    /** The parties are the open requests, and the server until it closes. */
    private final Phaser open = new Phaser(1);

    private final Thread acceptor;
    private volatile boolean stopping;

    private ControlServer(UnixListener listener, Controlled daemon, ControlLimits limits, Admission admission)
            throws SystemCallException {
        this.listener = listener;
        this.daemon = daemon;
        this.limits = limits;
        this.admission = admission;
        this.poller = Poller.open();
        this.acceptor = Thread.ofPlatform().name("control").daemon().unstarted(this::accept);
    }

    /**
     * Starts serving.
     *
     * @param listener stays the caller's; close it after this server
     */
    public static ControlServer start(UnixListener listener, Controlled daemon) throws IOException {
        int ownUid = (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        return start(listener, daemon, ControlLimits.DEFAULT, ownUid);
    }

    static ControlServer start(UnixListener listener, Controlled daemon, ControlLimits limits, int ownUid)
            throws IOException {
        var admission = new Admission(ownUid, limits);
        var server = new ControlServer(listener, daemon, limits, admission);
        server.acceptor.start();
        return server;
    }

    private void accept() {
        try (poller;
                var waiting = poller.register(listener.descriptor(), Poller.EPOLLIN, _ -> {})) {
            while (!stopping) {
                poller.await();
                try {
                    acceptWaiting();
                } catch (LimitReachedException e) {
                    daemon.requestFailed("accept a connection, trying again", e);
                    waiting.events(0);
                    poller.await(PAUSE);
                    waiting.events(Poller.EPOLLIN);
                }
            }
        } catch (IOException | RuntimeException e) {
            daemon.requestFailed("accept connections; the control socket is dead until a restart", e);
        }
    }

    private void acceptWaiting() throws SystemCallException {
        while (!stopping) {
            var connection = listener.accept();
            if (connection == null) {
                return;
            }
            admit(connection);
        }
    }

    private void admit(UnixConnection connection) throws SystemCallException {
        boolean handedOver = false;
        try {
            var peer = connection.peer();
            if (!admission.enter(peer.uid())) {
                refuse(connection);
                return;
            }
            connections.add(connection);
            open.register();
            var thread = Thread.ofPlatform()
                    .name("control-" + counter.incrementAndGet())
                    .daemon()
                    .stackSize(STACK_BYTES);
            try {
                thread.start(() -> serve(connection, peer));
                handedOver = true;
            } finally {
                if (!handedOver) {
                    ended(connection, peer);
                }
            }
        } finally {
            if (!handedOver) {
                connection.close();
            }
        }
    }

    private static void refuse(UnixConnection connection) {
        var head = "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nConnection: close\r\n"
                + "Content-Length: " + BUSY.length() + "\r\n\r\n";
        var text = head.concat(BUSY).getBytes(StandardCharsets.US_ASCII);
        try {
            var _ = connection.write(
                    ByteBuffer.allocateDirect(text.length).put(text).flip(), Duration.ZERO);
        } catch (SystemCallException e) {
            // Gone already: it need not be told.
        }
    }

    private void serve(UnixConnection connection, PeerCredentials peer) {
        try (connection;
                var process = connection.process()) {
            new Exchange(connection, peer, process, new Routes(daemon, admission), limits).run();
        } catch (IOException e) {
            // The client went away or does not read: its own loss, and nothing an operator could act on.
        } catch (RuntimeException | StackOverflowError e) {
            daemon.requestFailed("serve a connection of uid " + Integer.toUnsignedString(peer.uid()), e);
        } finally {
            ended(connection, peer);
        }
    }

    private void ended(UnixConnection connection, PeerCredentials peer) {
        connections.remove(connection);
        admission.leave(peer.uid());
        open.arriveAndDeregister();
    }

    /** Stops accepting, gives open requests two seconds, and ends them. */
    @Override
    public void close() {
        if (stopping) {
            return;
        }
        stopping = true;
        poller.wakeup();
        long deadline = System.nanoTime() + DRAIN.toNanos();
        try {
            acceptor.join(DRAIN);
            int requests = open.arriveAndDeregister();
            open.awaitAdvanceInterruptibly(requests, deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            // Those that are left have had their time.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        for (var connection : connections) {
            end(connection);
        }
    }

    private static void end(UnixConnection connection) {
        try {
            connection.shutdown();
        } catch (SystemCallException | IllegalStateException e) {
            // It ended by itself in the meantime.
        }
    }
}

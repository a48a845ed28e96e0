// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import sluice.engine.flow.FlowEnd;
import sluice.engine.park.Deadline;

/**
 * Looks names up with a limit of time. getaddrinfo(3) blocks the thread it is called on, carriers of virtual threads included, and cannot be
 * stopped: so it runs on a few threads of its own, and those who wait give up when their time is over.
 */
final class Lookup implements AutoCloseable {
    private static final int THREADS = 4;
    private static final int MOST_WAITING = 256;
    private static final int IDLE_SECONDS = 10;

    private final HostResolver resolver;
    private final ThreadPoolExecutor threads = new ThreadPoolExecutor(
            THREADS,
            THREADS,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(MOST_WAITING),
            Thread.ofPlatform().daemon().name("engine-lookup-", 0).factory());

    Lookup(HostResolver resolver) {
        this.resolver = resolver;
        threads.allowCoreThreadTimeOut(true);
    }

    /** The addresses of a peer. */
    List<InetAddress> addresses(Peer peer, String outbound, Deadline deadline) throws DialException {
        var known = peer.address();
        var name = peer.name();
        if (known != null || name == null) {
            return known == null ? List.of() : List.of(known);
        }
        var task = new FutureTask<>(() -> resolver.resolve(name));
        try {
            threads.execute(task);
            return task.get(Math.max(0, deadline.nanosLeft()), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            throw new DialException(
                    FlowEnd.LIMIT, "outbound " + outbound + ": look up " + name + ": too many lookups at once");
        } catch (TimeoutException e) {
            throw new DialException(
                    FlowEnd.CONNECT_TIMEOUT, "outbound " + outbound + ": look up " + name + ": no answer in time");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DialException(FlowEnd.STOPPED, "outbound " + outbound + ": look up " + name + ": interrupted");
        } catch (ExecutionException e) {
            var cause = e.getCause() instanceof UnknownHostException ? "no such host, or no name server" : "failed";
            throw new DialException(FlowEnd.UNREACHABLE, "outbound " + outbound + ": look up " + name + ": " + cause);
        } finally {
            // Not worth a thread when nobody waits for it any more; one that has begun cannot be stopped.
            threads.remove(task);
        }
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import sluice.dns.NameService;
import sluice.dns.NameService.Lease;
import sluice.dns.NameService.Meaning;
import sluice.engine.flow.FlowEnd;
import sluice.engine.park.Deadline;

/**
 * Looks the names of proxies and name servers up with the machine's resolver and a limit of time. getaddrinfo(3) blocks the thread it is called on, carriers of virtual threads included, and cannot be
 * stopped: so it runs on a few threads of its own, and those who wait give up when their time is over.
 */
final class Lookup implements Hosts, AutoCloseable {
    private static final int THREADS = 4;
    private static final int MOST_WAITING = 256;
    private static final int IDLE_SECONDS = 10;

    private final HostResolver resolver;
    private volatile @Nullable NameService names;
    /** Which address of a host answered last; hosts stand in the configuration, so there are few. */
    private final ConcurrentHashMap<String, InetAddress> answered = new ConcurrentHashMap<>();

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

    @Override
    public List<InetAddress> addresses(Peer peer, String outbound, Deadline deadline) throws DialException {
        var known = peer.address();
        var name = peer.name();
        if (known != null || name == null) {
            return known == null ? List.of() : List.of(known);
        }
        var found = lookUp(name, outbound, deadline);
        var service = names;
        // Where a rule redirects this very process, the machine's resolver asks our own DNS, which may make addresses
        // up.
        return service != null && found.stream().anyMatch(address -> isMadeUp(service, address))
                ? new NameHosts(service, null).addresses(peer, outbound, deadline)
                : ordered(name, found);
    }

    private static boolean isMadeUp(NameService service, InetAddress address) {
        return switch (service.meaning(address)) {
            case Meaning.Fake(String _, Lease lease) -> {
                lease.close();
                yield true;
            }
            case Meaning.Forgotten _ -> true;
            case Meaning.Address _, Meaning.Hint _ -> false;
        };
    }

    /** Our own DNS from now on, or null. */
    void names(@Nullable NameService service) {
        names = service;
    }

    /** Our own DNS, or null. */
    @Nullable
    NameService names() {
        return names;
    }

    @Override
    public void answered(Peer peer, InetAddress address) {
        if (peer.name() != null) {
            answered.put(peer.name(), address);
        }
    }

    private List<InetAddress> ordered(String name, List<InetAddress> addresses) {
        var first = answered.get(name);
        if (first == null || addresses.size() < 2 || !addresses.contains(first)) {
            return addresses;
        }
        var ordered = new ArrayList<InetAddress>(addresses.size());
        ordered.add(first);
        addresses.stream().filter(other -> !other.equals(first)).forEach(ordered::add);
        return ordered;
    }

    private List<InetAddress> lookUp(String name, String outbound, Deadline deadline) throws DialException {
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

// SPDX-License-Identifier: Apache-2.0
package sluice.daemon.engine;

import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sluice.intercept.RoutedAddress;

/**
 * Brings addresses of routes with a set from the threads that learn them to the control thread, which tells the kernel. What comes twice
 * meanwhile goes once; what is too much is left out, and its flows go by the engine.
 */
public final class RouteFeed {
    /** How many addresses may wait. */
    static final int MOST = 4096;

    /** Applications use an address longer than they may: what is forgotten at once would serve nobody. */
    private static final Duration SHORTEST = Duration.ofMinutes(1);

    private static final Logger LOG = LoggerFactory.getLogger(RouteFeed.class);

    private final Executor control;
    private final Sets sets;

    private Map<Key, RoutedAddress> waiting = new LinkedHashMap<>();
    private boolean posted;
    private boolean trouble;

    private record Key(String route, InetAddress address) {}

    /** Where they go. */
    @FunctionalInterface
    public interface Sets {
        /** Puts them into the sets; returns how many found no room. */
        int admit(Collection<RoutedAddress> addresses) throws IOException;
    }

    /**
     * A feed.
     *
     * @param control runs something on the control thread; refuses with {@link RejectedExecutionException} when too much waits there
     * @param sets called on the control thread
     */
    public RouteFeed(Executor control, Sets sets) {
        this.control = control;
        this.sets = sets;
    }

    /** Addresses of a name whose route has a set. Any thread. */
    void add(String route, List<InetAddress> addresses, Duration ttl) {
        var timeout = ttl.compareTo(SHORTEST) < 0 ? SHORTEST : ttl;
        boolean post;
        synchronized (this) {
            for (var address : addresses) {
                var key = new Key(route, address);
                if (waiting.size() < MOST || waiting.containsKey(key)) {
                    waiting.put(key, new RoutedAddress(route, address, timeout));
                } else {
                    complain("too many addresses come at once");
                }
            }
            post = !posted && !waiting.isEmpty();
            posted |= post;
        }
        if (post) {
            post();
        }
    }

    private void post() {
        try {
            control.execute(this::admit);
        } catch (RejectedExecutionException e) {
            synchronized (this) {
                // They go with the next ones.
                posted = false;
            }
        }
    }

    private void admit() {
        Collection<RoutedAddress> all;
        synchronized (this) {
            all = waiting.values();
            waiting = new LinkedHashMap<>();
            posted = false;
        }
        try {
            int refused = sets.admit(all);
            if (refused > 0) {
                complain(refused + " addresses found no room");
            } else {
                settled();
            }
        } catch (IOException e) {
            complain(String.valueOf(e.getMessage()));
        }
    }

    private synchronized void complain(String reason) {
        if (!trouble) {
            trouble = true;
            LOG.warn("sets of routes: {}; flows to what is missing there go through the engine", reason);
        }
    }

    private synchronized void settled() {
        trouble = false;
    }
}

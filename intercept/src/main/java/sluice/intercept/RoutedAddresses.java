// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import sluice.netlink.nftables.Element;
import sluice.netlink.nftables.NftSet;
import sluice.netlink.nftables.Transaction;
import sluice.netlink.nftables.Value;

/** What the sets of routes hold, for filling them anew and for telling what is new. One owner thread. */
final class RoutedAddresses {
    /** Most addresses of all routes together. */
    static final int MOST = 65_536;

    /** A deadline that moves by less is not worth a transaction. */
    private static final long STEP_NANOS = Duration.ofSeconds(1).toNanos();

    /** The kernel's clock may run behind: until then an element may still be there. */
    private static final long GRACE_NANOS = Duration.ofSeconds(5).toNanos();

    private static final long SWEEP_NANOS = Duration.ofMinutes(1).toNanos();

    private record Key(String route, InetAddress address) {
        NftSet set() {
            return NamesComposer.routeSet(route, address instanceof Inet4Address);
        }
    }

    /** In nanoseconds of {@link System#nanoTime}. */
    private final Map<Key, Long> deadlines = new HashMap<>();

    private long sweptNanos = System.nanoTime();

    /**
     * What is to be told to the kernel.
     *
     * @param later new deadlines
     * @param refused how many addresses found no room
     */
    record Plan(Map<Key, Long> later, int refused) {}

    /** Plans for these addresses, without those of other routes, made-up ones, and those that stay as long as it is. */
    Plan plan(Collection<RoutedAddress> addresses, Blueprint.Names names) {
        long now = System.nanoTime();
        sweep(now);
        var later = new LinkedHashMap<Key, Long>();
        int refused = 0;
        for (var wanted : addresses) {
            var key = new Key(wanted.route(), wanted.address());
            long deadline = now + wanted.timeout().toNanos();
            var known = later.getOrDefault(key, deadlines.get(key));
            boolean means =
                    names.routes().contains(wanted.route()) && !names.fakes().contains(wanted.address());
            if (!means || (known != null && deadline - known < STEP_NANOS)) {
                continue;
            }
            if (known == null && deadlines.size() + later.size() >= MOST) {
                refused++;
            } else {
                later.put(key, deadline);
            }
        }
        return new Plan(later, refused);
    }

    /** Puts a plan into the transaction. */
    void fill(Plan plan, Transaction transaction) {
        var fresh = new ArrayList<Key>();
        var known = new ArrayList<Key>();
        plan.later.keySet().forEach(key -> (deadlines.containsKey(key) ? known : fresh).add(key));
        add(fresh, plan.later, transaction);
        // An element that is there keeps its timeout when it is added, before Linux 6.12; one that has just gone cannot
        // be deleted.
        add(known, plan.later, transaction);
        bySet(known, plan.later).forEach(transaction::deleteElements);
        add(known, plan.later, transaction);
    }

    /** The kernel has it. */
    void accept(Plan plan) {
        deadlines.putAll(plan.later);
    }

    /** Forgets the addresses of all but these routes. */
    void keep(Collection<String> routes) {
        deadlines.keySet().removeIf(key -> !routes.contains(key.route));
    }

    /** Puts everything of these routes into the transaction, for sets that are empty. */
    void fillAll(Collection<String> routes, Transaction transaction) {
        long now = System.nanoTime();
        deadlines.values().removeIf(deadline -> deadline - now <= 0);
        add(
                deadlines.keySet().stream()
                        .filter(key -> routes.contains(key.route))
                        .toList(),
                deadlines,
                transaction);
    }

    private void sweep(long now) {
        if (deadlines.size() >= MOST || now - sweptNanos > SWEEP_NANOS) {
            deadlines.values().removeIf(deadline -> deadline - now < -GRACE_NANOS);
            sweptNanos = now;
        }
    }

    private static void add(Collection<Key> keys, Map<Key, Long> deadlines, Transaction transaction) {
        bySet(keys, deadlines).forEach(transaction::addElements);
    }

    private static Map<NftSet, List<Element>> bySet(Collection<Key> keys, Map<Key, Long> deadlines) {
        long now = System.nanoTime();
        var elements = new LinkedHashMap<NftSet, List<Element>>();
        for (var key : keys) {
            long nanos = Math.max(1, Objects.requireNonNull(deadlines.get(key)) - now);
            long seconds = Duration.ofNanos(nanos).plusSeconds(1).minusNanos(1).toSeconds();
            elements.computeIfAbsent(key.set(), set -> new ArrayList<>())
                    .add(Element.of(Value.address(key.address))
                            .withTimeout(Duration.ofSeconds(seconds).toMillis()));
        }
        return elements;
    }
}

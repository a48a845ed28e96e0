// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sluice.engine.park.Deadline;

/**
 * A peer's addresses in the order in which they are tried: both families in turn (RFC 8305, section 4). Where one family has no address yet, it is
 * asked for again before giving up. One thread.
 */
final class AddressCandidates implements Race.Candidates<InetAddress> {
    private static final int MAX_ADDRESSES = 12;
    private static final int MAX_LOOKUPS = 3;

    private final Peer peer;
    private final Hosts hosts;
    private final String outbound;
    private final Deadline deadline;
    private final Set<InetAddress> known = new HashSet<>();
    private final Queue<InetAddress> left = new ArrayDeque<>();
    private int lookups;

    /**
     * Looks them up.
     *
     * @param tried an address that is not tried again, or null
     * @throws DialException there is none
     */
    AddressCandidates(Peer peer, Hosts hosts, String outbound, Deadline deadline, @Nullable InetAddress tried)
            throws DialException {
        this.peer = peer;
        this.hosts = hosts;
        this.outbound = outbound;
        this.deadline = deadline;
        if (tried != null) {
            known.add(tried);
        }
        lookUp();
    }

    private void lookUp() throws DialException {
        lookups++;
        for (var address : inTurn(hosts.addresses(peer, outbound, deadline), hosts.isSorted())) {
            if (known.size() < MAX_ADDRESSES && known.add(address)) {
                left.add(address);
            }
        }
    }

    /**
     * One address of either family in turn.
     *
     * @param sorted whether the first one's family is preferred; otherwise IPv6 is
     */
    static List<InetAddress> inTurn(List<InetAddress> addresses, boolean sorted) {
        if (addresses.size() < 2) {
            return addresses;
        }
        boolean ipv4First = sorted && addresses.getFirst() instanceof Inet4Address;
        var preferred = new ArrayDeque<InetAddress>();
        var others = new ArrayDeque<InetAddress>();
        addresses.forEach(address -> (address instanceof Inet4Address == ipv4First ? preferred : others).add(address));
        var ordered = new ArrayList<InetAddress>(addresses.size());
        while (!preferred.isEmpty() || !others.isEmpty()) {
            for (var family : List.of(preferred, others)) {
                if (!family.isEmpty()) {
                    ordered.add(family.remove());
                }
            }
        }
        return ordered;
    }

    @Override
    public @Nullable InetAddress next() {
        if (left.isEmpty() && mayGrow()) {
            try {
                lookUp();
            } catch (DialException e) {
                // What was found before has been tried; its failure is told.
                lookups = MAX_LOOKUPS;
            }
        }
        return left.poll();
    }

    /** Whether a family has no address, though it may get one. */
    private boolean mayGrow() {
        boolean ipv4 = known.stream().anyMatch(Inet4Address.class::isInstance);
        boolean ipv6 = known.stream().anyMatch(address -> !(address instanceof Inet4Address));
        return peer.address() == null && lookups < MAX_LOOKUPS && !(ipv4 && ipv6) && hosts.mayLearn();
    }

    @Override
    public int known() {
        return left.size();
    }

    @Override
    public boolean isOnly() {
        return left.isEmpty() && !mayGrow();
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Queue;
import org.jspecify.annotations.Nullable;
import sluice.engine.outbound.ProxyAbilities.Kind;
import sluice.engine.park.Deadline;
import sluice.rules.Outbound;

/**
 * What a proxy is told of one destination: first what the configuration says, then, where our DNS gave the address for a name, what else leads to
 * the same host. So a proxy without IPv6 does not make hosts unreachable that have both families. One thread.
 */
final class ProxyTargets implements Race.Candidates<Peer> {
    private static final int MAX_TARGETS = 3;

    private final Proxy proxy;
    private final Peer to;
    private final Hosts hosts;
    private final Deadline deadline;
    private final ProxyAbilities abilities;
    private final Queue<Peer> left = new ArrayDeque<>();
    private boolean addressesFound;
    private int given;

    /**
     * Looks names up where the proxy is not told them.
     *
     * @param hosts knows where {@code to} is
     * @throws DialException an address is needed and there is none
     */
    ProxyTargets(Proxy proxy, Peer to, Hosts hosts, ProxyAbilities abilities, Deadline deadline) throws DialException {
        this.proxy = proxy;
        this.to = to;
        this.hosts = hosts;
        this.abilities = abilities;
        this.deadline = deadline;
        boolean byName = to.name() != null && proxy.names() == Outbound.Names.REMOTE;
        // A name that is told is not looked up here, unless DNS has answered with its addresses anyway.
        addressesFound = to.name() == null || (byName && to.address() == null);
        if (to.name() == null || addressesFound) {
            left.add(to);
            return;
        }
        if (byName && !abilities.lacks(proxy, Kind.NAME)) {
            left.add(to.withoutAddress());
        } else if (to.address() == null || abilities.lacks(proxy, Kind.of(to.address()))) {
            findAddresses();
        }
        if (to.address() != null && !addressesFound) {
            left.add(to.at(to.address()));
        }
    }

    /** All addresses, the one that the application used first; those of a family that the proxy does not reach come last. */
    private void findAddresses() throws DialException {
        addressesFound = true;
        var used = to.address();
        var found = new ArrayList<InetAddress>();
        if (used != null) {
            found.add(used);
        }
        var others =
                AddressCandidates.inTurn(hosts.addresses(to.withoutAddress(), proxy.name(), deadline), true).stream()
                        .filter(address -> !address.equals(used))
                        // The other family first, where the application has chosen one.
                        .sorted(Comparator.comparing(address -> used != null && isIpv4(address) == isIpv4(used)))
                        .toList();
        found.addAll(others);
        found.sort(Comparator.comparing(address -> abilities.lacks(proxy, Kind.of(address))));
        found.forEach(address -> left.add(to.at(address)));
    }

    private static boolean isIpv4(InetAddress address) {
        return address instanceof Inet4Address;
    }

    @Override
    public @Nullable Peer next() {
        if (given == MAX_TARGETS) {
            return null;
        }
        if (left.isEmpty() && !addressesFound) {
            var used = to.address();
            try {
                findAddresses();
                left.removeIf(peer -> used != null && used.equals(peer.address()));
            } catch (DialException e) {
                // What leads there besides is not known.
                return null;
            }
        }
        var next = left.poll();
        given += next == null ? 0 : 1;
        return next;
    }

    @Override
    public int known() {
        return Math.min(left.size(), MAX_TARGETS - given);
    }

    @Override
    public boolean isOnly() {
        return known() == 0 && addressesFound;
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.dns.fake;

import java.net.Inet4Address;
import java.net.InetAddress;
import sluice.linux.IpText;

/** Slots as addresses of both families. Immutable. */
final class FakeAddresses {
    /** Instead of a slot: the address is of neither pool. */
    static final int FOREIGN = AddressPool.FOREIGN;

    /** Far more names than one machine uses, and few enough for arrays. */
    static final int MOST_SLOTS = 1 << 20;

    private final AddressPool ipv4;
    private final AddressPool ipv6;
    private final String networks;
    private final int limit;

    FakeAddresses(FakeSettings settings) {
        ipv4 = new AddressPool(settings.ipv4());
        ipv6 = new AddressPool(settings.ipv6());
        networks = IpText.of(settings.ipv4().network()) + " "
                + IpText.of(settings.ipv6().network());
        // Without the last IPv4 address, which looks like a broadcast address.
        limit = (int) Math.min(MOST_SLOTS, Math.min(ipv4.size() - 1, ipv6.size()));
    }

    /**
     * Slots that may be given out are less than this, and greater than 0, whose IPv4 address looks like a network's and whose IPv6 address is
     * the anycast address of RFC 4291.
     */
    int limit() {
        return limit;
    }

    /** Where the pools begin: as long as this stays, a slot keeps its addresses. */
    String networks() {
        return networks;
    }

    byte[] ipv4(int slot) {
        return ipv4.address(slot);
    }

    byte[] ipv6(int slot) {
        return ipv6.address(slot);
    }

    /** The slot of an address, {@link #FOREIGN}, or 0 for an address of a pool that is never given out. */
    int slot(InetAddress address) {
        var pool = address instanceof Inet4Address ? ipv4 : ipv6;
        int slot = pool.slot(address.getAddress());
        return slot < limit ? slot : 0;
    }
}

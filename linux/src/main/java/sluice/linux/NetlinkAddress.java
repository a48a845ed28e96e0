// SPDX-License-Identifier: Apache-2.0
package sluice.linux;

/**
 * {@code struct sockaddr_nl} of netlink(7).
 *
 * @param portId the socket's own number; 0 is the kernel as destination or source, and "choose one" in a bind
 * @param groups bit mask of the multicast groups 1 to 32
 */
public record NetlinkAddress(int portId, int groups) implements Address {
    /** The kernel; also what to bind to for a port id of the kernel's choice. */
    public static final NetlinkAddress KERNEL = new NetlinkAddress(0, 0);
}

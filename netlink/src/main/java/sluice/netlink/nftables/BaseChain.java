// SPDX-License-Identifier: Apache-2.0
package sluice.netlink.nftables;

/**
 * What makes a chain one that the kernel calls.
 *
 * @param priority lower runs earlier; nft's word mangle is -150, filter 0
 * @param policy {@link Verdict#ACCEPT} or {@link Verdict#DROP}, for packets that reach the chain's end
 */
public record BaseChain(Type type, Hook hook, int priority, Verdict policy) {
    /** What the chain may do. */
    public enum Type {
        FILTER,
        /** Sees the first packet of each flow. */
        NAT,
        /** Routes a packet again if its mark changed. */
        ROUTE
    }
}

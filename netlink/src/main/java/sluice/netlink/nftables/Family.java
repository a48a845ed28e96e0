// SPDX-License-Identifier: Apache-2.0
package sluice.netlink.nftables;

/** Protocol families (NFPROTO_* of linux/netfilter.h); {@code toString} gives nft's word. */
public enum Family {
    UNSPECIFIED(0, "unspec"),
    INET(1, "inet"),
    IPV4(2, "ip"),
    ARP(3, "arp"),
    NETDEV(5, "netdev"),
    BRIDGE(7, "bridge"),
    IPV6(10, "ip6");

    private final int number;
    private final String word;

    Family(int number, String word) {
        this.number = number;
        this.word = word;
    }

    /** NFPROTO_*. */
    public int number() {
        return number;
    }

    /** The family with this number; {@link #UNSPECIFIED} for one not known here. */
    public static Family of(int number) {
        for (var family : values()) {
            if (family.number == number) {
                return family;
            }
        }
        return UNSPECIFIED;
    }

    @Override
    public String toString() {
        return word;
    }
}

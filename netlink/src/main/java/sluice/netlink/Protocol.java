// SPDX-License-Identifier: Apache-2.0
package sluice.netlink;

/** The netlink families used here (linux/netlink.h). */
public enum Protocol {
    /** Links, routes, policy rules: rtnetlink(7). */
    ROUTE(0),
    /** Socket diagnostics: sock_diag(7). */
    SOCK_DIAG(4),
    /** nftables, conntrack: nfnetlink. */
    NETFILTER(12);

    private final int number;

    Protocol(int number) {
        this.number = number;
    }

    int number() {
        return number;
    }
}

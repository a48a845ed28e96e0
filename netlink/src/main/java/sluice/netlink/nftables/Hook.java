// SPDX-License-Identifier: Apache-2.0
package sluice.netlink.nftables;

/** Where in the network stack a base chain is called (NF_INET_* of linux/netfilter.h). */
public enum Hook {
    PREROUTING,
    INPUT,
    FORWARD,
    OUTPUT,
    POSTROUTING,
    INGRESS;

    int number() {
        return Wire.number(this);
    }
}

// SPDX-License-Identifier: Apache-2.0
/** Netlink: message layer, sockets, and the nftables, route and sockdiag message families. */
module sluice.netlink {
    requires static transitive org.jspecify;
    requires transitive sluice.linux;

    exports sluice.netlink;
    exports sluice.netlink.nftables;
    exports sluice.netlink.route;
    exports sluice.netlink.sockdiag;
}

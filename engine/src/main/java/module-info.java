// SPDX-License-Identifier: Apache-2.0
/** Carries the flows that the kernel hands over: transparent listeners, routing, outbounds and groups, relays. */
module sluice.engine {
    requires static transitive org.jspecify;
    requires transitive sluice.bounds;
    requires transitive sluice.dns;
    requires transitive sluice.linux;
    requires transitive sluice.rules;
    requires sluice.netlink;

    exports sluice.engine;
    exports sluice.engine.flow;
}

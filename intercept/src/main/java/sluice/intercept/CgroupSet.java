// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import sluice.netlink.nftables.DataType;
import sluice.netlink.nftables.NftSet;

/** The sets and maps of the ruleset that are keyed by cgroup id; docs/adr/0002-ruleset.md says what each is for. */
enum CgroupSet {
    DIRECT("direct", Value.NONE, true),
    MARKS("marks", Value.MARK, true),
    NO_UDP("no_udp", Value.NONE, false),
    NO_IPV6("no_ipv6", Value.NONE, false),
    /** DNS queries over UDP and IPv4 that are hijacked although the rest of UDP stays direct; and so on. */
    DNS_UDP4("dns_udp4", Value.MARK, true),
    DNS_UDP6("dns_udp6", Value.MARK, true),
    DNS_TCP6("dns_tcp6", Value.MARK, true),
    /** All of the DNS of cgroups whose DNS is captured. */
    DNS("dns", Value.MARK, true),
    /** Cgroups whose DNS is captured, and matched cgroups below those that are none. */
    PROXIED("proxied", Value.NONE, false),
    UNPROXIED("unproxied", Value.NONE, false),
    DROPS("drops", Value.VERDICT, true),
    REJECTS("rejects", Value.NONE, true),
    TOTAL_DROPS("total_drops", Value.VERDICT, true),
    KNOWN("known", Value.NONE, false);

    /** What an element's key maps to. */
    enum Value {
        NONE,
        MARK,
        VERDICT
    }

    @SuppressWarnings("ImmutableEnumChecker") // A record of immutable values.
    final NftSet definition;

    final Value value;

    CgroupSet(String name, Value value, boolean counts) {
        this.value = value;
        var plain = switch (value) {
            case NONE -> RulesetComposer.TABLE.set(name, DataType.CGROUP);
            case MARK -> RulesetComposer.TABLE.map(name, DataType.CGROUP, DataType.MARK);
            case VERDICT -> RulesetComposer.TABLE.map(name, DataType.CGROUP, DataType.VERDICT);
        };
        this.definition = counts ? plain.withCounter() : plain;
    }

    /** Whether its elements count the packets that look them up. */
    boolean counts() {
        return definition.counter();
    }
}

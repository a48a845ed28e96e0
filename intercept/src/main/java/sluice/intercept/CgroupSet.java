// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import sluice.netlink.nftables.DataType;
import sluice.netlink.nftables.NftSet;

/** The sets and maps of the ruleset that are keyed by cgroup id; docs/adr/0002-ruleset.md says what each is for. */
enum CgroupSet {
    DIRECT("direct", Value.NONE, "flows"),
    MARKS("marks", Value.MARK, "flows"),
    NO_UDP("no_udp", Value.NONE, ""),
    NO_IPV6("no_ipv6", Value.NONE, ""),
    /** DNS queries over UDP and IPv4 that are hijacked although the rest of UDP stays direct; and so on. */
    DNS_UDP4("dns_udp4", Value.MARK, "queries"),
    DNS_UDP6("dns_udp6", Value.MARK, "queries"),
    DNS_TCP6("dns_tcp6", Value.MARK, "queries"),
    /** All of the DNS of cgroups whose DNS is captured. */
    DNS("dns", Value.MARK, "queries"),
    /** Cgroups whose DNS is captured, and matched cgroups below those that are none. */
    PROXIED("proxied", Value.NONE, ""),
    UNPROXIED("unproxied", Value.NONE, ""),
    DROPS("drops", Value.VERDICT, "packets"),
    REJECTS("rejects", Value.NONE, "packets"),
    TOTAL_DROPS("total_drops", Value.VERDICT, "packets"),
    KNOWN("known", Value.NONE, "");

    /** What an element's key maps to. */
    enum Value {
        NONE,
        MARK,
        VERDICT
    }

    @SuppressWarnings("ImmutableEnumChecker") // A record of immutable values.
    final NftSet definition;

    final Value value;

    /** What its elements count; empty: nothing. */
    final String counted;

    CgroupSet(String name, Value value, String counted) {
        this.value = value;
        this.counted = counted;
        var plain = switch (value) {
            case NONE -> RulesetComposer.TABLE.set(name, DataType.CGROUP);
            case MARK -> RulesetComposer.TABLE.map(name, DataType.CGROUP, DataType.MARK);
            case VERDICT -> RulesetComposer.TABLE.map(name, DataType.CGROUP, DataType.VERDICT);
        };
        this.definition = counted.isEmpty() ? plain : plain.withCounter();
    }

    /** Whether its elements count. */
    boolean counts() {
        return definition.counter();
    }
}

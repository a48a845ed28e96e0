#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Like Mullvad's client: a tunnel, nothing past it, and applications that are excluded by a connection mark and a packet mark of its
# own, each of them set as a whole. Here these are all that talk to ports from 9001 to 9004.
# shellcheck source=/dev/null
. "$(dirname "$0")/common.sh"
tunnel vpn0
tunnel_routes vpn0 1836018789
for family in -4 -6; do
    ip $family rule add not fwmark 0x6d6f6c65 lookup 1836018789
    ip $family rule add table main suppress_prefixlength 0
done
sysctl -q -w net.ipv4.conf.all.src_valid_mark=1
nft -f - <<'RULES'
table inet vpn {
    chain mangle {
        type route hook output priority mangle; policy accept;
        oifname "lo" accept
        meta l4proto { tcp, udp } th dport 9001-9004 ct mark set 0x00000f41 meta mark set 0x6d6f6c65
    }
    chain prerouting {
        type filter hook prerouting priority -199; policy accept;
        iifname != "vpn0" ct mark 0x00000f41 meta mark set 0x6d6f6c65
    }
    chain nat {
        type nat hook postrouting priority srcnat; policy accept;
        oifname != "vpn0" ct mark 0x00000f41 masquerade
    }
    chain output {
        type filter hook output priority filter; policy drop;
        oifname "lo" accept
        ct mark 0x00000f41 accept
        oifname "vpn0" accept
        ip daddr { 192.0.2.0/24, 203.0.113.192/28 } accept
        ip6 daddr { 2001:db8:1::/64, 2001:db8:6::/64, fe80::/10, ff00::/8 } accept
        reject
    }
    chain input {
        type filter hook input priority filter; policy drop;
        iifname "lo" accept
        ct mark 0x00000f41 accept
        iifname "vpn0" accept
        ip saddr 192.0.2.0/24 accept
        ip6 saddr { 2001:db8:1::/64, fe80::/10 } accept
    }
}
RULES

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Like wg-quick where AllowedIPs is everything: policy rules without a preference, and what keeps the tunnel's address to the tunnel.
# shellcheck source=/dev/null
. "$(dirname "$0")/common.sh"
tunnel wg0
tunnel_routes wg0 51820
for family in -6 -4; do
    ip $family rule add not fwmark 51820 table 51820
    ip $family rule add table main suppress_prefixlength 0
done
sysctl -q -w net.ipv4.conf.all.src_valid_mark=1
for family in ip ip6; do
    case $family in
    ip) own=203.0.113.130 ;;
    ip6) own=2001:db8:7::2 ;;
    esac
    nft -f - <<RULES
table $family wg-quick-wg0 {
    chain preraw {
        type filter hook prerouting priority raw; policy accept;
        iifname != "wg0" $family daddr $own fib saddr type != local drop
    }
    chain premangle {
        type filter hook prerouting priority mangle; policy accept;
        meta l4proto udp meta mark set ct mark
    }
    chain postmangle {
        type filter hook postrouting priority mangle; policy accept;
        meta l4proto udp meta mark 51820 ct mark set meta mark
    }
}
RULES
done

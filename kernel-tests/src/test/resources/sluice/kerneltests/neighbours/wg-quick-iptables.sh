#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Like wg-quick where AllowedIPs is everything and there is no nft.
# shellcheck source=/dev/null
. "$(dirname "$0")/common.sh"
tunnel wg0
tunnel_routes wg0 51820
for family in -6 -4; do
    ip $family rule add not fwmark 51820 table 51820
    ip $family rule add table main suppress_prefixlength 0
done
sysctl -q -w net.ipv4.conf.all.src_valid_mark=1
both <<'RULES'
*raw
4:-I PREROUTING ! -i wg0 -d 203.0.113.130 -m addrtype ! --src-type LOCAL -j DROP
6:-I PREROUTING ! -i wg0 -d 2001:db8:7::2 -m addrtype ! --src-type LOCAL -j DROP
COMMIT
*mangle
-I POSTROUTING -m mark --mark 51820 -p udp -j CONNMARK --save-mark
-I PREROUTING -p udp -j CONNMARK --restore-mark
COMMIT
RULES

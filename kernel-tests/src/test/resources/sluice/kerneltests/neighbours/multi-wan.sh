#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Like the scripts that divide flows between two ways out: the whole connection mark is the way, kept as the whole packet mark. UDP
# takes the second way.
# shellcheck source=/dev/null
. "$(dirname "$0")/common.sh"
tunnel wan2
tunnel_routes wan2 102
ip -4 route add default via 192.0.2.1 dev wan table 101
ip -6 route add default via 2001:db8:1::1 dev wan table 101
for family in -4 -6; do
    ip $family rule add fwmark 1 lookup 101 preference 100
    ip $family rule add fwmark 2 lookup 102 preference 101
done
both <<'RULES'
*mangle
-A PREROUTING -j CONNMARK --restore-mark
-A PREROUTING -m mark ! --mark 0 -j ACCEPT
-A PREROUTING -i wan -j MARK --set-mark 1
-A PREROUTING -i wan2 -j MARK --set-mark 2
-A PREROUTING -j CONNMARK --save-mark
-A OUTPUT -j CONNMARK --restore-mark
-A OUTPUT -m mark ! --mark 0 -j ACCEPT
-A OUTPUT ! -o lo -p tcp -j MARK --set-mark 1
-A OUTPUT ! -o lo -p udp -j MARK --set-mark 2
-A OUTPUT -j CONNMARK --save-mark
COMMIT
*nat
-A POSTROUTING -o wan2 -j MASQUERADE
COMMIT
RULES

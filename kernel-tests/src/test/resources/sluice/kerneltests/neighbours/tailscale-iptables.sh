#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Like tailscaled in its iptables mode: marks 0x40000 and 0x80000 of the mask 0xff0000, kept in connection marks, and its policy rules.
# shellcheck source=/dev/null
. "$(dirname "$0")/common.sh"
# A bridge without ports stands for the tunnel.
ip link add tailscale0 type bridge
ip link set tailscale0 up
ip -4 address add 100.64.0.7/32 dev tailscale0
ip -6 address add fd7a:115c:a1e0::7/128 dev tailscale0 nodad
both <<'RULES'
*filter
:ts-input - [0:0]
:ts-forward - [0:0]
-A INPUT -j ts-input
-A FORWARD -j ts-forward
4:-A ts-input -s 100.64.0.7/32 -i lo -j ACCEPT
4:-A ts-input -s 100.115.92.0/23 ! -i tailscale0 -j RETURN
4:-A ts-input -s 100.64.0.0/10 ! -i tailscale0 -j DROP
6:-A ts-input -s fd7a:115c:a1e0::7/128 -i lo -j ACCEPT
-A ts-input -i tailscale0 -j ACCEPT
-A ts-input -p udp -m udp --dport 41641 -j ACCEPT
-A ts-forward -i tailscale0 -j MARK --set-xmark 0x40000/0xff0000
-A ts-forward -m mark --mark 0x40000/0xff0000 -j ACCEPT
4:-A ts-forward -s 100.64.0.0/10 -o tailscale0 -j DROP
-A ts-forward -o tailscale0 -j ACCEPT
COMMIT
*nat
:ts-postrouting - [0:0]
-A POSTROUTING -j ts-postrouting
-A ts-postrouting -m mark --mark 0x40000/0xff0000 -j MASQUERADE
COMMIT
*mangle
-A PREROUTING -m conntrack --ctstate RELATED,ESTABLISHED -j CONNMARK --restore-mark --nfmask 0xff0000 --ctmask 0xff0000
-A OUTPUT -m conntrack --ctstate NEW -m mark ! --mark 0x0/0xff0000 -j CONNMARK --save-mark --nfmask 0xff0000 --ctmask 0xff0000
COMMIT
RULES
for family in -4 -6; do
    ip $family rule add fwmark 0x80000/0xff0000 lookup main preference 5210
    ip $family rule add fwmark 0x80000/0xff0000 lookup default preference 5230
    ip $family rule add fwmark 0x80000/0xff0000 unreachable preference 5250
    ip $family rule add lookup 52 preference 5270
done
ip -4 route add 100.100.100.100/32 dev tailscale0 table 52
ip -6 route add fd7a:115c:a1e0::/48 dev tailscale0 table 52

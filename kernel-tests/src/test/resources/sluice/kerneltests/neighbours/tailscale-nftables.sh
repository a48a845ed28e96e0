#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Like tailscaled in its nftables mode, where restoring a connection mark replaces the whole packet mark.
# shellcheck source=/dev/null
. "$(dirname "$0")/common.sh"
ip link add tailscale0 type bridge
ip link set tailscale0 up
ip -4 address add 100.64.0.7/32 dev tailscale0
ip -6 address add fd7a:115c:a1e0::7/128 dev tailscale0 nodad
for family in ip ip6; do
    case $family in
    ip) own=100.64.0.7 foreign='ip saddr 100.64.0.0/10 iifname != "tailscale0" drop' ;;
    ip6) own=fd7a:115c:a1e0::7 foreign='' ;;
    esac
    nft -f - <<RULES
table $family filter {
    chain ts-input {
        iifname "lo" $family saddr $own accept
        $foreign
        iifname "tailscale0" accept
        udp dport 41641 accept
    }
    chain ts-forward {
        iifname "tailscale0" meta mark set meta mark & 0xff00ffff xor 0x00040000
        meta mark & 0x00ff0000 == 0x00040000 accept
        oifname "tailscale0" accept
    }
    chain INPUT {
        type filter hook input priority filter; policy accept;
        jump ts-input
    }
    chain FORWARD {
        type filter hook forward priority filter; policy accept;
        jump ts-forward
    }
}
table $family nat {
    chain ts-postrouting {
        meta mark & 0x00ff0000 == 0x00040000 masquerade
    }
    chain POSTROUTING {
        type nat hook postrouting priority srcnat; policy accept;
        jump ts-postrouting
    }
}
table $family mangle {
    chain PREROUTING {
        type filter hook prerouting priority mangle; policy accept;
        ct state established,related meta mark set ct mark & 0x00ff0000
    }
    chain OUTPUT {
        type route hook output priority mangle; policy accept;
        ct state new meta mark & 0x00ff0000 != 0 ct mark set meta mark & 0x00ff0000
    }
}
RULES
done
for family in -4 -6; do
    ip $family rule add fwmark 0x80000/0xff0000 lookup main preference 5210
    ip $family rule add fwmark 0x80000/0xff0000 lookup default preference 5230
    ip $family rule add fwmark 0x80000/0xff0000 unreachable preference 5250
    ip $family rule add lookup 52 preference 5270
done
ip -4 route add 100.100.100.100/32 dev tailscale0 table 52
ip -6 route add fd7a:115c:a1e0::/48 dev tailscale0 table 52

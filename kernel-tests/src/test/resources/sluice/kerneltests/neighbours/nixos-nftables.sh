#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Like NixOS' firewall with networking.nftables: a strict reverse path filter for both families, and what is not allowed is refused.
# shellcheck source=/dev/null
. "$(dirname "$0")/common.sh"
nft -f - <<'RULES'
table inet nixos-fw {
    chain rpfilter {
        type filter hook prerouting priority mangle + 10; policy drop;
        meta nfproto ipv4 udp sport . udp dport { 67 . 68, 68 . 67 } accept
        fib saddr . mark . iif oif exists accept
        jump rpfilter-allow
    }
    chain rpfilter-allow {
    }
    chain input {
        type filter hook input priority filter; policy drop;
        iifname "lo" accept
        ct state vmap { invalid : drop, established : accept, related : accept, new : jump input-allow, untracked : jump input-allow }
        tcp flags syn / fin,syn,rst,ack log level info prefix "refused connection: "
    }
    chain input-allow {
        tcp dport { 22, 8022 } accept
        udp dport { 22, 8022 } accept
        icmp type echo-request accept
        icmpv6 type != { nd-redirect, 139 } accept
        ip6 daddr fe80::/64 udp dport 546 accept
    }
}
RULES

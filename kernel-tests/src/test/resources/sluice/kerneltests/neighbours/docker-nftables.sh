#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Like Docker 29 with firewall-backend nftables: one container, its port 8022 published as 8080.
# shellcheck source=/dev/null
. "$(dirname "$0")/common.sh"
bridge docker0
tables <<'RULES'
table @FAMILY@ docker-bridges {
    map forward-in {
        type ifname : verdict
        elements = { "docker0" : jump forward-in-docker0 }
    }
    map forward-out {
        type ifname : verdict
        elements = { "docker0" : jump forward-out-docker0 }
    }
    chain forward-in-docker0 {
        ct state established,related accept
        iifname "docker0" accept
        @FAMILY@ daddr @GUEST@ meta l4proto { tcp, udp } th dport 8022 accept
        drop
    }
    chain forward-out-docker0 {
        ct state established,related accept
        accept
    }
    chain published {
        iifname != "docker0" meta l4proto { tcp, udp } th dport 8080 dnat to @GUEST_AT@:8022
    }
    chain filter-FORWARD {
        type filter hook forward priority filter; policy drop;
        oifname vmap @forward-in
        iifname vmap @forward-out
    }
    chain nat-PREROUTING {
        type nat hook prerouting priority dstnat; policy accept;
        fib daddr type local jump published
    }
    chain nat-OUTPUT {
        type nat hook output priority -100; policy accept;
        @FAMILY@ daddr != @LOOPBACK@ fib daddr type local jump published
    }
    chain nat-POSTROUTING {
        type nat hook postrouting priority srcnat; policy accept;
        oifname != "docker0" @FAMILY@ saddr @NETWORK@ masquerade
    }
    chain raw-PREROUTING {
        type filter hook prerouting priority raw; policy accept;
        @FAMILY@ daddr @GUEST@ iifname != "docker0" drop
    }
}
RULES

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Like kube-proxy in nftables mode: a service on port 80, of which the guest is the one endpoint, and as node port 8080. The network of
# the pods itself is translated by a plug-in.
# shellcheck source=/dev/null
. "$(dirname "$0")/common.sh"
bridge cni0
tables <<'RULES'
table @FAMILY@ cni {
    chain postrouting {
        type nat hook postrouting priority srcnat; policy accept;
        @FAMILY@ saddr @NETWORK@ @FAMILY@ daddr != @NETWORK@ masquerade fully-random
    }
}
table @FAMILY@ kube-proxy {
    chain mark-for-masquerade {
        meta mark set meta mark or 0x4000
    }
    chain masquerading {
        meta mark & 0x4000 == 0 return
        meta mark set meta mark xor 0x4000
        masquerade fully-random
    }
    chain endpoint-web {
        @FAMILY@ saddr @GUEST@ jump mark-for-masquerade
        meta l4proto tcp dnat to @GUEST_AT@:8022
        meta l4proto udp dnat to @GUEST_AT@:8022
    }
    chain service-web {
        @FAMILY@ daddr @SERVICE@ @FAMILY@ saddr != @NETWORK@ jump mark-for-masquerade
        numgen random mod 1 vmap { 0 : goto endpoint-web }
    }
    chain external-web {
        jump mark-for-masquerade
        goto service-web
    }
    chain reject-chain {
        reject
    }
    map no-endpoint-services {
        typeof @FAMILY@ daddr . meta l4proto . th dport : verdict
        elements = { @SERVICE@ . tcp . 81 : goto reject-chain }
    }
    map service-ips {
        typeof @FAMILY@ daddr . meta l4proto . th dport : verdict
        elements = { @SERVICE@ . tcp . 80 : goto service-web, @SERVICE@ . udp . 80 : goto service-web }
    }
    map service-nodeports {
        typeof meta l4proto . th dport : verdict
        elements = { tcp . 8080 : goto external-web, udp . 8080 : goto external-web }
    }
    chain services {
        @FAMILY@ daddr . meta l4proto . th dport vmap @service-ips
        fib daddr type local @FAMILY@ daddr != @LOOPBACK@ meta l4proto . th dport vmap @service-nodeports
    }
    chain service-endpoints-check {
        @FAMILY@ daddr . meta l4proto . th dport vmap @no-endpoint-services
    }
    chain nat-prerouting {
        type nat hook prerouting priority dstnat; policy accept;
        jump services
    }
    chain nat-output {
        type nat hook output priority -100; policy accept;
        jump services
    }
    chain nat-postrouting {
        type nat hook postrouting priority srcnat; policy accept;
        jump masquerading
    }
    chain filter-input {
        type filter hook input priority -110; policy accept;
        ct state new jump service-endpoints-check
    }
    chain filter-forward {
        type filter hook forward priority -110; policy accept;
        ct state new jump service-endpoints-check
    }
    chain filter-output {
        type filter hook output priority -110; policy accept;
        ct state new jump service-endpoints-check
    }
    chain filter-output-post-dnat {
        type filter hook output priority -90; policy accept;
        ct state new @FAMILY@ daddr @SERVICE@ reject
    }
}
RULES

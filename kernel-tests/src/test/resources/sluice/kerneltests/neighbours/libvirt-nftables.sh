#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Like libvirt with firewall_backend nftables: a NAT network with one guest.
# shellcheck source=/dev/null
. "$(dirname "$0")/common.sh"
bridge virbr0
tables <<'RULES'
table @FAMILY@ libvirt_network {
    chain guest_cross {
        iifname "virbr0" oifname "virbr0" accept
    }
    chain guest_input {
        oifname "virbr0" @FAMILY@ daddr @NETWORK@ ct state established,related accept
        oifname "virbr0" reject
    }
    chain guest_output {
        iifname "virbr0" @FAMILY@ saddr @NETWORK@ accept
        iifname "virbr0" reject
    }
    chain forward {
        type filter hook forward priority filter; policy accept;
        jump guest_cross
        jump guest_input
        jump guest_output
    }
    chain guest_nat {
        type nat hook postrouting priority srcnat; policy accept;
        @FAMILY@ saddr @NETWORK@ meta l4proto { tcp, udp } @FAMILY@ daddr != @NETWORK@ masquerade to :1024-65535
        @FAMILY@ saddr @NETWORK@ @FAMILY@ daddr != @NETWORK@ masquerade
    }
}
RULES

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Like NixOS' firewall with iptables: a strict reverse path filter for both families, and what is not allowed is refused.
# shellcheck source=/dev/null
. "$(dirname "$0")/common.sh"
both <<'RULES'
*mangle
:nixos-fw-rpfilter - [0:0]
-A PREROUTING -j nixos-fw-rpfilter
-A nixos-fw-rpfilter -m rpfilter --validmark -j RETURN
4:-A nixos-fw-rpfilter -p udp -m udp --sport 67 --dport 68 -j RETURN
-A nixos-fw-rpfilter -j DROP
COMMIT
*filter
:nixos-fw - [0:0]
:nixos-fw-accept - [0:0]
:nixos-fw-log-refuse - [0:0]
-A INPUT -j nixos-fw
-A nixos-fw-accept -j ACCEPT
-A nixos-fw-log-refuse -p tcp --syn -j LOG --log-level info --log-prefix "refused connection: "
-A nixos-fw-log-refuse -j DROP
-A nixos-fw -i lo -j nixos-fw-accept
-A nixos-fw -m conntrack --ctstate ESTABLISHED,RELATED -j nixos-fw-accept
-A nixos-fw -p tcp -m tcp --dport 22 -j nixos-fw-accept
-A nixos-fw -p udp -m udp --dport 22 -j nixos-fw-accept
-A nixos-fw -p tcp -m tcp --dport 8022 -j nixos-fw-accept
-A nixos-fw -p udp -m udp --dport 8022 -j nixos-fw-accept
6:-A nixos-fw -p icmpv6 -m icmp6 ! --icmpv6-type 137 -j nixos-fw-accept
-A nixos-fw -j nixos-fw-log-refuse
COMMIT
RULES

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Like libvirt with firewall_backend iptables: a NAT network with one guest.
# shellcheck source=/dev/null
. "$(dirname "$0")/common.sh"
bridge virbr0
both <<'RULES'
*filter
:LIBVIRT_INP - [0:0]
:LIBVIRT_OUT - [0:0]
:LIBVIRT_FWI - [0:0]
:LIBVIRT_FWO - [0:0]
:LIBVIRT_FWX - [0:0]
-A INPUT -j LIBVIRT_INP
-A OUTPUT -j LIBVIRT_OUT
-A FORWARD -j LIBVIRT_FWX
-A FORWARD -j LIBVIRT_FWI
-A FORWARD -j LIBVIRT_FWO
-A LIBVIRT_INP -i virbr0 -p udp -m udp --dport 53 -j ACCEPT
-A LIBVIRT_INP -i virbr0 -p tcp -m tcp --dport 53 -j ACCEPT
-A LIBVIRT_INP -i virbr0 -p udp -m udp --dport 67 -j ACCEPT
-A LIBVIRT_OUT -o virbr0 -p udp -m udp --dport 53 -j ACCEPT
-A LIBVIRT_OUT -o virbr0 -p udp -m udp --dport 68 -j ACCEPT
-A LIBVIRT_FWX -i virbr0 -o virbr0 -j ACCEPT
-A LIBVIRT_FWI -d @NETWORK@ -o virbr0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A LIBVIRT_FWI -o virbr0 -j REJECT
-A LIBVIRT_FWO -s @NETWORK@ -i virbr0 -j ACCEPT
-A LIBVIRT_FWO -i virbr0 -j REJECT
COMMIT
*nat
:LIBVIRT_PRT - [0:0]
-A POSTROUTING -j LIBVIRT_PRT
-A LIBVIRT_PRT -s @NETWORK@ ! -d @NETWORK@ -p tcp -j MASQUERADE --to-ports 1024-65535
-A LIBVIRT_PRT -s @NETWORK@ ! -d @NETWORK@ -p udp -j MASQUERADE --to-ports 1024-65535
-A LIBVIRT_PRT -s @NETWORK@ ! -d @NETWORK@ -j MASQUERADE
COMMIT
*mangle
:LIBVIRT_PRT - [0:0]
-A POSTROUTING -j LIBVIRT_PRT
-A LIBVIRT_PRT -o virbr0 -p udp -m udp --dport 68 -j CHECKSUM --checksum-fill
COMMIT
RULES

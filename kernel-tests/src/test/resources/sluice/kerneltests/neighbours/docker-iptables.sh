#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Like Docker 29 with iptables: one container, its port 8022 published as 8080.
# shellcheck source=/dev/null
. "$(dirname "$0")/common.sh"
bridge docker0
both <<'RULES'
*raw
-A PREROUTING -d @GUEST@ ! -i docker0 -j DROP
COMMIT
*nat
:DOCKER - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A OUTPUT ! -d @LOOPBACK@ -m addrtype --dst-type LOCAL -j DOCKER
-A POSTROUTING -s @NETWORK@ ! -o docker0 -j MASQUERADE
-A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination @GUEST_AT@:8022
-A DOCKER ! -i docker0 -p udp -m udp --dport 8080 -j DNAT --to-destination @GUEST_AT@:8022
COMMIT
*filter
:FORWARD DROP [0:0]
:DOCKER - [0:0]
:DOCKER-BRIDGE - [0:0]
:DOCKER-CT - [0:0]
:DOCKER-FORWARD - [0:0]
:DOCKER-INTERNAL - [0:0]
:DOCKER-USER - [0:0]
-A FORWARD -j DOCKER-USER
-A FORWARD -j DOCKER-FORWARD
-A DOCKER-FORWARD -j DOCKER-CT
-A DOCKER-FORWARD -j DOCKER-INTERNAL
-A DOCKER-FORWARD -j DOCKER-BRIDGE
-A DOCKER-FORWARD -i docker0 -j ACCEPT
-A DOCKER-CT -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A DOCKER-BRIDGE -o docker0 -j DOCKER
-A DOCKER -d @GUEST@ ! -i docker0 -o docker0 -p tcp -m tcp --dport 8022 -j ACCEPT
-A DOCKER -d @GUEST@ ! -i docker0 -o docker0 -p udp -m udp --dport 8022 -j ACCEPT
-A DOCKER ! -i docker0 -o docker0 -j DROP
COMMIT
RULES

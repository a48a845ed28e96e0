# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh disable=SC2034
# What the rule sets of neighbours share. Each of them runs in the machine's network namespace with two arguments: the network
# namespaces of a guest, such as a container, and of the internet. They are like those of the real programs where it matters: hooks,
# priorities, what is matched, and which marks are set.
set -eu
guest_namespace=$1
internet=$2

guest_network4=203.0.113.192/28 guest_gateway4=203.0.113.193 guest4=203.0.113.194 service4=203.0.113.225
guest_network6=2001:db8:6::/64 guest_gateway6=2001:db8:6::1 guest6=2001:db8:6::2 service6=2001:db8:8::1

# bridge NAME  Makes a bridge with the guest on it, and forwards for it.
bridge() {
    ip link add "$1" type bridge
    ip link set "$1" up
    ip -4 address add "$guest_gateway4/28" dev "$1"
    ip -6 address add "$guest_gateway6/64" dev "$1" nodad
    ip link add port-guest type veth peer name eth0 netns "$guest_namespace"
    ip link set port-guest master "$1" up
    # shellcheck disable=SC2016
    nsenter --net="$guest_namespace" -- sh -euc '
        ip link set eth0 up
        ip -4 address add "$1/28" dev eth0
        ip -6 address add "$2/64" dev eth0 nodad
        ip -4 route add default via "$3"
        ip -6 route add default via "$4"
    ' guest "$guest4" "$guest6" "$guest_gateway4" "$guest_gateway6"
    sysctl -q -w net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
}

# tunnel NAME  Makes a device with addresses of its own that leads to the internet too, and there the routes back.
tunnel() {
    ip link add "$1" type veth peer name "far-$1" netns "$internet"
    # shellcheck disable=SC2016
    nsenter --net="$internet" -- sh -euc '
        ip link set "$1" up
        ip -4 address add 203.0.113.129/30 dev "$1"
        ip -6 address add 2001:db8:7::1/64 dev "$1" nodad
    ' tunnel "far-$1"
    ip link set "$1" up
    ip -4 address add 203.0.113.130/32 dev "$1"
    ip -6 address add 2001:db8:7::2/128 dev "$1" nodad
}

# tunnel_routes NAME TABLE  Default routes by the tunnel.
tunnel_routes() {
    ip -4 route add default via 203.0.113.129 dev "$1" onlink table "$2"
    ip -6 route add default via 2001:db8:7::1 dev "$1" onlink table "$2"
}

# both  Loads what iptables-restore takes from standard input, for both families. Words in @ stand for addresses; a line that
# begins with 4: or 6: is for this family only.
both() {
    rules=$(cat)
    printf '%s\n' "$rules" | sed -e '/^6:/d' -e 's/^4://' \
        -e "s|@NETWORK@|$guest_network4|g; s|@GUEST@|$guest4|g; s|@GUEST_AT@|$guest4|g; s|@SERVICE@|$service4|g" \
        -e 's|@LOOPBACK@|127.0.0.0/8|g' | iptables-nft-restore --noflush
    printf '%s\n' "$rules" | sed -e '/^4:/d' -e 's/^6://' \
        -e "s|@NETWORK@|$guest_network6|g; s|@GUEST@|$guest6|g; s|@GUEST_AT@|[$guest6]|g; s|@SERVICE@|$service6|g" \
        -e 's|@LOOPBACK@|::1/128|g' | ip6tables-nft-restore --noflush
}

# tables  The same for nft: @FAMILY@ is ip and ip6.
tables() {
    rules=$(cat)
    printf '%s\n' "$rules" | sed -e 's|@FAMILY@|ip|g' \
        -e "s|@NETWORK@|$guest_network4|g; s|@GUEST@|$guest4|g; s|@GUEST_AT@|$guest4|g; s|@SERVICE@|$service4|g" \
        -e 's|@LOOPBACK@|127.0.0.0/8|g' | nft -f -
    printf '%s\n' "$rules" | sed -e 's|@FAMILY@|ip6|g' \
        -e "s|@NETWORK@|$guest_network6|g; s|@GUEST@|$guest6|g; s|@GUEST_AT@|[$guest6]|g; s|@SERVICE@|$service6|g" \
        -e 's|@LOOPBACK@|::1|g' | nft -f -
}

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The real firewalld with the default zone public and ports 22 and 8022 open. In a mount namespace of its own, where it has its own
# files and bus. Arguments: guest, internet, the backend, and the filter of IPv6: strict (IPv6_rpfilter=yes) or loose, as from 2.0 on.
set -eu
backend=$3
filter=$4
here=$(dirname "$0")
mount -t tmpfs none /run
mkdir /run/firewalld /run/etc
cp -a /etc/firewalld/. /run/etc
mount --bind /run/etc /etc/firewalld
mount -t tmpfs none /var/log
sed -i "s/^FirewallBackend=.*/FirewallBackend=$backend/" /etc/firewalld/firewalld.conf
if [ "$filter" = loose ]; then
    sed -i 's/^IPv6_rpfilter=.*/IPv6_rpfilter=no/' /etc/firewalld/firewalld.conf
fi
dbus-daemon --config-file="$here/bus.conf" --nofork --nopidfile &
bus=$!
trap 'kill $bus' EXIT
export DBUS_SYSTEM_BUS_ADDRESS=unix:path=/run/system_bus
tries=0
until [ -S /run/system_bus ] || [ $((tries += 1)) -gt 200 ]; do sleep 0.05; done
firewalld --nofork --nopid --log-target console &
firewalld=$!
trap 'kill $firewalld $bus' EXIT
trap 'exit 0' TERM
tries=0
until [ "$(firewall-cmd --state 2>&1)" = running ] || [ $((tries += 1)) -gt 200 ]; do sleep 0.05; done
if [ "$filter" = loose ]; then
    nft -f - <<'RULES'
table inet firewalld-2 {
    chain filter_PREROUTING {
        type filter hook prerouting priority filter + 10; policy accept;
        icmpv6 type { nd-router-advert, nd-neighbor-solicit } accept
        meta nfproto ipv6 fib saddr . mark oif missing drop
    }
}
RULES
fi
firewall-cmd -q --add-port=22/udp --add-port=8022/tcp --add-port=8022/udp
firewall-cmd --list-all
echo "neighbour runs"
wait $firewalld

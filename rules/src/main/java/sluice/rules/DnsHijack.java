// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Optional;

/**
 * The DNS server that answers a cgroup's queries, whichever server they were sent to.
 *
 * @param ip the server, of either family; queries of its family go there
 * @param ip6 an IPv6 server for queries over IPv6, only where {@code ip} is IPv4. Default empty: they are left alone
 * @param port its port. Default 53
 * @param tcp whether queries over TCP go there as well as those over UDP. Default false
 */
public record DnsHijack(InetAddress ip, Optional<Inet6Address> ip6, int port, boolean tcp) {
    static final int DEFAULT_PORT = 53;

    /** The server for queries over IPv4; empty: they are left alone. */
    public Optional<Inet4Address> ipv4Server() {
        return ip instanceof Inet4Address server ? Optional.of(server) : Optional.empty();
    }

    /** The server for queries over IPv6; empty: they are left alone. */
    public Optional<Inet6Address> ipv6Server() {
        return ip instanceof Inet6Address server ? Optional.of(server) : ip6;
    }
}

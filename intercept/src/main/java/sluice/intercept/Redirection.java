// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import java.net.Inet4Address;
import java.net.Inet6Address;
import org.jspecify.annotations.Nullable;

/**
 * A TPROXY server, as far as the kernel has to know it.
 *
 * @param name unique among the redirections of a {@link Blueprint}; any text
 * @param mark packet mark (fwmark), unique as well, not 0
 * @param port TCP and UDP port, 1 to 65535, that the server listens on with IP_TRANSPARENT
 * @param noUdp UDP goes straight out
 * @param noIpv6 IPv6 goes straight out
 * @param whenDown what a packet gets that finds nobody listening on the port
 * @param dns where queries to port 53 go instead, if anywhere
 */
public record Redirection(
        String name,
        int mark,
        int port,
        boolean noUdp,
        boolean noIpv6,
        WhenDown whenDown,
        @Nullable DnsHijack dns) {

    /** The answer to a packet whose TPROXY server is not there; falling through would hand it to a local stranger. */
    public enum WhenDown {
        /** Silence. */
        DROP,
        /** A TCP reset or an ICMP error. */
        REJECT
    }

    /**
     * A DNS server that takes the queries of redirected applications.
     *
     * @param ipv4 takes queries sent over IPv4, if set
     * @param ipv6 takes queries sent over IPv6, if set
     * @param port UDP and TCP port of the server
     * @param tcp whether queries over TCP are taken too
     */
    public record DnsHijack(
            @Nullable Inet4Address ipv4, @Nullable Inet6Address ipv6, int port, boolean tcp) {}
}

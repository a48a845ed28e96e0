// SPDX-License-Identifier: Apache-2.0
package sluice.intercept;

import java.net.Inet4Address;
import java.net.Inet6Address;
import org.jspecify.annotations.Nullable;
import sluice.rules.OtherProtocols;

/**
 * A TPROXY server, as far as the kernel has to know it: somebody's, or Sluice's own engine.
 *
 * @param name unique among the redirections of a {@link Blueprint}; any text
 * @param mark packet mark (fwmark), unique as well, not 0
 * @param port TCP and UDP port, 1 to 65535, that the server listens on with IP_TRANSPARENT
 * @param listener on which of its addresses the server listens
 * @param noUdp UDP goes straight out
 * @param refusesUdp UDP is answered with an ICMP error, so that applications fall back to TCP at once
 * @param noIpv6 IPv6 goes straight out
 * @param whenDown what a packet gets that finds nobody listening on the port
 * @param dns where queries to port 53 go instead, if anywhere
 * @param capturesDns whether the server gets everything sent to port 53, over TCP and UDP, also what is sent to a destination in bypass
 *     and where it refuses UDP otherwise
 * @param otherProtocols what becomes of what is neither TCP nor UDP
 */
public record Redirection(
        String name,
        int mark,
        int port,
        Listener listener,
        boolean noUdp,
        boolean refusesUdp,
        boolean noIpv6,
        WhenDown whenDown,
        @Nullable DnsHijack dns,
        boolean capturesDns,
        OtherProtocols otherProtocols) {

    /** A TPROXY server that somebody else runs. */
    public Redirection(
            String name,
            int mark,
            int port,
            boolean noUdp,
            boolean noIpv6,
            WhenDown whenDown,
            @Nullable DnsHijack dns) {
        this(name, mark, port, Listener.ANYWHERE, noUdp, false, noIpv6, whenDown, dns, false, OtherProtocols.DIRECT);
    }

    /** A listener of Sluice's own engine. */
    public static Redirection toEngine(String name, int mark, int port, boolean refusesUdp, boolean capturesDns) {
        return new Redirection(
                name,
                mark,
                port,
                Listener.LOOPBACK,
                false,
                refusesUdp,
                false,
                WhenDown.DROP,
                null,
                capturesDns,
                OtherProtocols.REJECT);
    }

    /** Whether it is Sluice's own engine. */
    boolean isEngine() {
        return listener == Listener.LOOPBACK;
    }

    /** This server while it takes no UDP. */
    public Redirection refusingUdp() {
        return new Redirection(
                name, mark, port, listener, noUdp, true, noIpv6, whenDown, dns, capturesDns, otherProtocols);
    }

    /** This server, with another answer to other protocols. */
    public Redirection withOtherProtocols(OtherProtocols answer) {
        return new Redirection(
                name, mark, port, listener, noUdp, refusesUdp, noIpv6, whenDown, dns, capturesDns, answer);
    }

    /** Which addresses a server listens on. */
    public enum Listener {
        /** Whatever the kernel finds: the wildcard address, or the first one of lo. */
        ANYWHERE,
        /** 127.0.0.1 and ::1, whatever other addresses lo has. */
        LOOPBACK
    }

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

// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sluice.engine.flow.FlowEnd;
import sluice.linux.InetEndpoint;
import sluice.rules.Outbound;

/**
 * How the socket of an outbound leaves this machine.
 *
 * @param outbound the one that opens the socket, for messages
 * @param ipv4 what a socket to an IPv4 address is given; null when nothing may leave for one
 * @param ipv6 what a socket to an IPv6 address is given; null when nothing may leave for one
 */
record Exit(
        String outbound,
        @Nullable SocketTraits ipv4,
        @Nullable SocketTraits ipv6) {
    /**
     * As configured.
     *
     * @param guard the loop guard's bit
     */
    static Exit of(String outbound, Outbound.Dial dial, int guard) {
        return new Exit(outbound, traits(dial, guard, true), traits(dial, guard, false));
    }

    private static @Nullable SocketTraits traits(Outbound.Dial dial, int guard, boolean ipv4) {
        InetAddress source = dial.sources().stream()
                .filter(one -> one instanceof Inet4Address == ipv4)
                .findFirst()
                .orElse(null);
        if (source == null && !dial.sources().isEmpty()) {
            return null;
        }
        return new SocketTraits(
                dial.mark() | guard,
                dial.interfaceName().orElse(null),
                source == null ? null : new InetEndpoint(source, 0));
    }

    /** The same with other bits for the loop guard. */
    Exit guarded(int former, int bits) {
        return new Exit(
                outbound,
                ipv4 == null ? null : ipv4.guarded(former, bits),
                ipv6 == null ? null : ipv6.guarded(former, bits));
    }

    /** What a socket to this address is given; null when nothing may leave for addresses of its family. */
    @Nullable
    SocketTraits traits(InetAddress to) {
        return to instanceof Inet4Address ? ipv4 : ipv6;
    }

    /**
     * The way straight to an address.
     *
     * @param outbounds the names that led here
     */
    Way way(List<String> outbounds, InetEndpoint to) {
        var traits = traits(to.address());
        return traits == null
                ? new Way.Refused(outbounds, FlowEnd.UNREACHABLE, refusal(to.address()))
                : new Way.Plain(outbounds, to, traits);
    }

    /** Why {@link #traits} is null. */
    String refusal(InetAddress to) {
        return "outbound " + outbound + " has no " + (to instanceof Inet4Address ? "IPv4" : "IPv6")
                + " address in source";
    }
}

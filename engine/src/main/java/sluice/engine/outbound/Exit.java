// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import java.net.Inet4Address;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;
import sluice.linux.InetEndpoint;
import sluice.rules.Outbound;

/**
 * How the socket of an outbound leaves this machine.
 *
 * @param outbound the one that opens the socket, for messages
 * @param guard the loop guard's bit
 */
record Exit(String outbound, Outbound.Dial dial, int guard) {
    /** What a socket to this address is given; null when nothing may leave for addresses of its family. */
    @Nullable
    SocketTraits traits(InetAddress to) {
        boolean ipv4 = to instanceof Inet4Address;
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

    /** Why {@link #traits} is null. */
    String refusal(InetAddress to) {
        return "outbound " + outbound + " has no " + (to instanceof Inet4Address ? "IPv4" : "IPv6")
                + " address in source";
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.util.Optional;

/**
 * A TPROXY server that someone else runs on this machine.
 *
 * @param name as in the file: up to 64 bytes of printable text, so no name for a kernel object
 * @param mark packet mark, unsigned 32 bits, not zero, within {@link Marks#mask()}, without {@link Marks#guard()}, and
 *     different from the mark of every other server
 * @param port where it listens, on every local address
 * @param noUdp UDP goes direct. Default false
 * @param noIpv6 IPv6 goes direct. Default false
 * @param whenDown what its flows do while nobody listens on {@code port}. Default {@code drop}
 * @param dnsHijack where its cgroups' DNS queries go instead. Default empty: where they were sent
 * @param otherProtocols what becomes of what is neither TCP nor UDP. Default {@code direct}
 */
public record Tproxy(
        String name,
        int mark,
        int port,
        boolean noUdp,
        boolean noIpv6,
        WhenDown whenDown,
        Optional<DnsHijack> dnsHijack,
        OtherProtocols otherProtocols) {

    /** What flows do while the server is not listening. */
    public enum WhenDown {
        /** They are dropped without an answer. */
        DROP,
        /** They are answered with RST or ICMP. */
        REJECT,
        /** They go direct. */
        DIRECT
    }
}

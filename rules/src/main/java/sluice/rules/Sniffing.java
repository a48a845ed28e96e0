// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.time.Duration;
import java.util.List;

/**
 * How hosts' names are read from the first bytes of flows.
 *
 * @param enabled whether they are. Default true
 * @param override whether proxies are told such a name in the place of the address, also where DNS did not give the address for it. Default false
 * @param timeout how long a client may be silent before its flow goes on without a name; 10 milliseconds to 10 seconds. Default 100 milliseconds
 * @param skipPorts destination ports of flows that are not looked into. Default those of protocols in which the server speaks first
 * @param skip names that count as none. Default none
 */
public record Sniffing(
        boolean enabled, boolean override, Duration timeout, List<PortRange> skipPorts, DomainList skip) {
    /** FTP, SSH, Telnet, mail (SMTP, LMTP, POP3, IMAP, Sieve), NNTP, rsync, MySQL, Subversion, VNC and MPD. */
    private static final List<PortRange> SERVER_SPEAKS_FIRST = List.of(
            new PortRange(21, 25),
            new PortRange(110, 110),
            new PortRange(119, 119),
            new PortRange(143, 143),
            new PortRange(587, 587),
            new PortRange(873, 873),
            new PortRange(2525, 2525),
            new PortRange(3306, 3306),
            new PortRange(3690, 3690),
            new PortRange(4190, 4190),
            new PortRange(5900, 5909),
            new PortRange(6600, 6600));

    /** The values used where the file says nothing. */
    public static final Sniffing DEFAULT =
            new Sniffing(true, false, Duration.ofMillis(100), SERVER_SPEAKS_FIRST, DomainList.of());

    /** Nothing is read. */
    public static final Sniffing OFF = new Sniffing(false, false, DEFAULT.timeout, DEFAULT.skipPorts, DomainList.of());

    /** Keeps an unmodifiable list. */
    public Sniffing {
        skipPorts = List.copyOf(skipPorts);
    }
}

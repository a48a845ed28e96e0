// SPDX-License-Identifier: Apache-2.0
package sluice.dns.policy;

import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import sluice.dns.message.Names;

/**
 * Names that never get a fake IP unless a rule names them: only the servers know what they mean on this network, or programs read the
 * answer itself. In lower case.
 */
public final class RealNames {
    /** Domains of local networks: of multicast DNS (RFC 6762), of what routers give out by DHCP, and those that companies use. */
    private static final Set<String> LOCAL_DOMAINS = Set.of(
            "local", "localdomain", "lan", "home", "internal", "intranet", "private", "corp", "domain", "workgroup");

    /** Domains of a few labels, with all below them. */
    private static final String[] DOMAINS = {
        // Router and modem pages that only the router itself can answer for.
        "fritz.box",
        "speedport.ip",
        "easy.box",
        "routerlogin.net",
        "tplinkwifi.net",
        "tplinklogin.net",
        "router.asus.com",
        "miwifi.com",
        "my.router",
        // Time servers: daemons keep the address for months, and set the clock that certificates are checked by.
        "pool.ntp.org",
    };

    private static final Set<String> NAMES = Set.of(
            // The owner of a network says by the answer that browsers shall not look names up elsewhere.
            "use-application-dns.net",
            "mask.icloud.com",
            "mask-h2.icloud.com",
            "mask-canary.icloud.com",
            // What systems ask for to find out whether a network lets them out, and which address a portal has.
            "connectivitycheck.gstatic.com",
            "connectivitycheck.android.com",
            "captive.apple.com",
            "detectportal.firefox.com",
            "nmcheck.gnome.org",
            "networkcheck.kde.org",
            "connectivity-check.ubuntu.com",
            "network-test.debian.org",
            "ping.archlinux.org",
            "conncheck.opensuse.org",
            "dns.msftncsi.com",
            "www.msftncsi.com",
            "www.msftconnecttest.com",
            "ipv6.msftconnecttest.com",
            // Time servers.
            "ntp.ubuntu.com",
            "time.android.com",
            "time.apple.com",
            "time.cloudflare.com",
            "time.facebook.com",
            "time.google.com",
            "time.nist.gov",
            "time.windows.com");

    /** The last two labels of all the names above: most queries end here, and this is on the way of each. */
    private static final Set<String> ENDS = Stream.concat(Stream.of(DOMAINS), NAMES.stream())
            .map(RealNames::lastTwoLabels)
            .collect(Collectors.toUnmodifiableSet());

    private RealNames() {}

    private static String lastTwoLabels(String name) {
        int before = name.lastIndexOf('.', name.lastIndexOf('.') - 1);
        return name.substring(before + 1);
    }

    /** Whether a name is one of them; names of infrastructure (arpa: RFC 7050, RFC 8375, RFC 9462) all are. */
    public static boolean contains(String name) {
        String top = name.substring(name.lastIndexOf('.') + 1);
        if (top.equals("arpa") || LOCAL_DOMAINS.contains(top)) {
            return true;
        }
        return ENDS.contains(lastTwoLabels(name)) && isListed(name);
    }

    private static boolean isListed(String name) {
        if (NAMES.contains(name)) {
            return true;
        }
        for (String domain : DOMAINS) {
            if (Names.isWithin(name, domain)) {
                return true;
            }
        }
        return false;
    }
}

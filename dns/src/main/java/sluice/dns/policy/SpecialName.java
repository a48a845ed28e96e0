// SPDX-License-Identifier: Apache-2.0
package sluice.dns.policy;

import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Names that mean the same everywhere and that no server of the Internet is to be asked for. */
public enum SpecialName {
    /** This machine (RFC 6761 section 6.3). */
    LOCALHOST("localhost is this machine (RFC 6761)"),
    /** For tests (RFC 6761 section 6.2). */
    TEST("names below test exist nowhere (RFC 6761)"),
    /** Never there (RFC 6761 section 6.4). */
    INVALID("names below invalid exist nowhere (RFC 6761)"),
    /** Of Tor (RFC 7686). */
    ONION("names below onion are Tor's (RFC 7686)"),
    /** Names of private addresses (RFC 6303, RFC 7793). */
    PRIVATE_ADDRESS("nobody outside knows a private address (RFC 6303)");

    private static final Set<String> PRIVATE_ZONES = privateZones();

    private final String reason;

    SpecialName(String reason) {
        this.reason = reason;
    }

    /** In words for people. */
    public String reason() {
        return reason;
    }

    /** What a name is; null if it is like any other. */
    static @Nullable SpecialName of(String name) {
        int dot = name.lastIndexOf('.');
        if (dot < 0) {
            // A host of the local network may be called test.
            return name.equals("localhost") ? LOCALHOST : null;
        }
        return switch (name.substring(dot + 1)) {
            case "localhost" -> LOCALHOST;
            case "test" -> TEST;
            case "invalid" -> INVALID;
            case "onion" -> ONION;
            case "arpa" -> ofInfrastructure(name);
            default -> null;
        };
    }

    private static @Nullable SpecialName ofInfrastructure(String name) {
        for (int start = 0; start >= 0; start = name.indexOf('.', start) + 1) {
            if (PRIVATE_ZONES.contains(name.substring(start))) {
                return PRIVATE_ADDRESS;
            }
            if (name.indexOf('.', start) < 0) {
                return null;
            }
        }
        return null;
    }

    private static Set<String> privateZones() {
        var zones = new HashSet<String>();
        for (String ipv4 : new String[] {
            "0", "10", "127", "254.169", "168.192", "2.0.192", "100.51.198", "113.0.203", "255.255.255.255"
        }) {
            zones.add(ipv4 + ".in-addr.arpa");
        }
        for (int i = 16; i < 32; i++) {
            zones.add(i + ".172.in-addr.arpa");
        }
        for (int i = 64; i < 128; i++) {
            zones.add(i + ".100.in-addr.arpa");
        }
        String zeros = "0.".repeat(31);
        for (String ipv6 : new String[] {
            "0." + zeros, "1." + zeros, "d.f.", "8.e.f.", "9.e.f.", "a.e.f.", "b.e.f.", "8.b.d.0.1.0.0.2."
        }) {
            zones.add(ipv6 + "ip6.arpa");
        }
        return Set.copyOf(zones);
    }
}

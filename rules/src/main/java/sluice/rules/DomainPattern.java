// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.util.Locale;

/**
 * A domain name, or all names below one.
 *
 * @param name lower case, ASCII (IDNA), without a trailing dot
 * @param subdomains true: the names below {@code name} ({@code *.example.net}); false: {@code name} itself
 */
public record DomainPattern(String name, boolean subdomains) {
    /** Whether a host name, in ASCII form, fits; case and a trailing dot do not count. */
    public boolean matches(String host) {
        String other = host.toLowerCase(Locale.ROOT);
        if (other.endsWith(".")) {
            other = other.substring(0, other.length() - 1);
        }
        return subdomains ? other.endsWith("." + name) : other.equals(name);
    }
}

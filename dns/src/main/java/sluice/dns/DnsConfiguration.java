// SPDX-License-Identifier: Apache-2.0
package sluice.dns;

import java.nio.file.Path;
import java.util.List;
import sluice.rules.DnsSettings;
import sluice.rules.Route;

/**
 * What DNS needs of the configuration.
 *
 * @param settings section {@code dns}; its mode is not {@code off}
 * @param routes section {@code routes}: names of those with a set get true addresses
 * @param fakes where fake IPs are remembered, whatever {@code dns.file} says
 * @param resolvConf where the machine's own servers are named (resolv.conf(5))
 */
public record DnsConfiguration(DnsSettings settings, List<Route> routes, Path fakes, Path resolvConf) {
    /** Where machines name their servers. */
    public static final Path RESOLV_CONF = Path.of("/etc/resolv.conf");

    /** Keeps an unmodifiable list. */
    public DnsConfiguration {
        routes = List.copyOf(routes);
    }
}

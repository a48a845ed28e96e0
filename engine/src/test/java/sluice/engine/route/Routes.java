// SPDX-License-Identifier: Apache-2.0
package sluice.engine.route;

import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import sluice.engine.flow.Destination;
import sluice.linux.InetEndpoint;
import sluice.rules.ConfigurationReader;
import sluice.rules.InvalidConfigurationException;
import sluice.rules.Route;

/** Routes as a configuration file has them. */
final class Routes {
    private static final int OUTBOUNDS = 10;

    private Routes() {}

    /** Reads lines of {@code routes}, in which {@code o0} to {@code o9} are outbounds. */
    static List<Route> of(String... lines) {
        var text = new StringBuilder("version: 1\noutbounds:\n");
        for (int i = 0; i < OUTBOUNDS; i++) {
            text.append("  o").append(i).append(": {type: block}\n");
        }
        text.append("routes:\n");
        for (String line : lines) {
            text.append("  - ").append(line).append('\n');
        }
        try {
            return new ConfigurationReader(_ -> OptionalInt.empty())
                    .read("routes.yaml", text.toString().getBytes(StandardCharsets.UTF_8))
                    .configuration()
                    .routes();
        } catch (InvalidConfigurationException e) {
            throw new AssertionError(e.getMessage(), e);
        }
    }

    static Destination to(String address, int port, @Nullable String name) {
        return new Destination(new InetEndpoint(InetAddress.ofLiteral(address), port), name);
    }
}

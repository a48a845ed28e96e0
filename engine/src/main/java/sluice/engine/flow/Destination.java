// SPDX-License-Identifier: Apache-2.0
package sluice.engine.flow;

import org.jspecify.annotations.Nullable;
import sluice.linux.InetEndpoint;

/**
 * Where a flow wants to go.
 *
 * @param endpoint the original destination: address and port that the application used
 * @param name the host name behind the address, lower case ASCII without a trailing dot, as far as it is known (from DNS, or from the flow's
 *     first bytes)
 */
public record Destination(InetEndpoint endpoint, @Nullable String name) {
    /** A destination of which only the address is known. */
    public Destination(InetEndpoint endpoint) {
        this(endpoint, null);
    }

    /** The same destination with its name. */
    public Destination named(String host) {
        return new Destination(endpoint, host);
    }

    /** The name, else the address, without the port. */
    public String host() {
        return name != null ? name : endpoint.address().getHostAddress();
    }

    /** {@code example.org:443} or {@code 192.0.2.1:443}. */
    @Override
    public String toString() {
        return name != null ? name + ":" + endpoint.port() : endpoint.toString();
    }
}

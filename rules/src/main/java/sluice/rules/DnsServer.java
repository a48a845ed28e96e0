// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * An upstream resolver.
 *
 * @param uri scheme {@code udp}, {@code tcp}, {@code tls} or {@code https}, host, the port where it is not the usual one, and for
 *     {@code https} the path
 * @param outbound way out to it: key of {@link Configuration#outbounds()}, or {@code direct}. Default {@code direct}
 * @param addresses of the host, so that nobody has to be asked for them. Default none: looked up with the system's resolver
 * @param ca file with PEM certificates, of which one must have signed the server's. Default empty: the system's
 * @param sni name the server's certificate must be for. Default empty: the URI's host
 */
public record DnsServer(
        URI uri, String outbound, List<InetAddress> addresses, Optional<Path> ca, Optional<String> sni) {
    /** Keeps an unmodifiable list. */
    public DnsServer {
        addresses = List.copyOf(addresses);
    }

    /** A server without anything special. */
    public DnsServer(URI uri) {
        this(uri, "direct", List.of(), Optional.empty(), Optional.empty());
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.dns.upstream;

import java.io.IOException;
import java.net.URI;
import java.security.SecureRandom;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sluice.dns.DnsCounters;
import sluice.dns.Network;
import sluice.rules.DnsServer;
import sluice.rules.Endpoint;

/** Makes the ways to talk to servers. */
record Transports(Network network, SecureRandom random, DnsCounters counters) {
    private static final int PORT = 53;
    private static final int TLS_PORT = 853;
    private static final int HTTPS_PORT = 443;

    /** The host of a server, without brackets. */
    static String host(DnsServer server) {
        String host = server.uri().getHost();
        return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    /**
     * The way to a server.
     *
     * @param host an address of it, or its name
     */
    Transport to(DnsServer server, String host) {
        return switch (server.uri().getScheme()) {
            case "udp" -> {
                var endpoint = endpoint(server.uri(), host, PORT);
                var overTcp = new KeptConnection(deadline -> stream(server, endpoint, null, deadline));
                yield new UdpTransport(network, server.outbound(), endpoint, overTcp, random, counters);
            }
            case "tcp" -> {
                var endpoint = endpoint(server.uri(), host, PORT);
                yield new KeptConnection(deadline -> stream(server, endpoint, null, deadline));
            }
            case "tls" -> {
                var endpoint = endpoint(server.uri(), host, TLS_PORT);
                // The name for ALPN is registered (RFC 7858), but not all servers know it.
                yield new KeptConnection(deadline -> stream(server, endpoint, tls(server, List.of()), deadline));
            }
            case "https" -> {
                var endpoint = endpoint(server.uri(), host, HTTPS_PORT);
                yield new KeptConnection(deadline -> https(server, endpoint, deadline));
            }
            default -> throw new IllegalArgumentException("no way to talk to " + server.uri());
        };
    }

    private static Endpoint endpoint(URI uri, String host, int port) {
        return new Endpoint(host, uri.getPort() < 0 ? port : uri.getPort());
    }

    private static Network.Tls tls(DnsServer server, List<String> protocols) {
        return new Network.Tls(server.sni().orElseGet(() -> host(server)), server.ca(), protocols);
    }

    private Connection stream(DnsServer server, Endpoint endpoint, Network.@Nullable Tls tls, Deadline deadline)
            throws IOException {
        var stream = network.connect(server.outbound(), endpoint, tls, deadline.left());
        return new StreamConnection(network, stream, random, endpoint.host());
    }

    private Connection https(DnsServer server, Endpoint endpoint, Deadline deadline) throws IOException {
        var stream = network.connect(server.outbound(), endpoint, tls(server, List.of("h2")), deadline.left());
        if (!stream.protocol().equals("h2")) {
            stream.close();
            throw new IOException("it does not speak HTTP/2");
        }
        return new HttpsConnection(network, stream, server.uri());
    }
}

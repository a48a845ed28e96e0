// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** A way out of the built-in engine. */
public sealed interface Outbound {
    /** Its key in {@code outbounds}. */
    String name();

    /** An outbound that opens connections itself. */
    sealed interface Dialing extends Outbound {
        /** How its connections are opened. */
        Dial dial();
    }

    /** An outbound that chooses among others. */
    sealed interface Group extends Outbound {
        /** Names of the members, at least one, in the order of the file. */
        List<String> outbounds();
    }

    /**
     * How connections are opened.
     *
     * @param via name of the outbound that carries them; the others are empty then. Default empty: none
     * @param interfaceName interface they leave by. Default empty: as the routes say
     * @param sources addresses they come from, at most one IPv4 and one IPv6 address; without one of a family, it is not used at all. Default
     *     empty: as the routes say
     * @param mark packet mark, unsigned 32 bits, added to the loop guard. Default 0
     */
    record Dial(Optional<String> via, Optional<String> interfaceName, List<InetAddress> sources, int mark) {
        /** Nothing out of the ordinary. */
        public static final Dial PLAIN = new Dial(Optional.empty(), Optional.empty(), List.of(), 0);

        /** Keeps an unmodifiable list of addresses. */
        public Dial {
            sources = List.copyOf(sources);
        }
    }

    /** What a proxy is told of a destination whose name is known. */
    enum Names {
        /** The name: the proxy looks it up. */
        REMOTE,
        /** The address that the application used, or a true one if that is made up. */
        LOCAL
    }

    /**
     * How a proxy is spoken to over TLS.
     *
     * @param ca file of PEM certificates, of which one must have signed the proxy's. Default empty: the system's
     * @param sni name asked for, which the proxy's certificate must be for. Default empty: the server's host
     */
    record Tls(Optional<Path> ca, Optional<String> sni) {
        /** The system's certificates, the server's name. */
        public static final Tls DEFAULT = new Tls(Optional.empty(), Optional.empty());
    }

    /**
     * How members of a group are tested.
     *
     * @param url fetched with HTTP or HTTPS. Default {@code http://www.gstatic.com/generate_204}
     * @param interval between two tests. Default 5 minutes
     * @param timeout for one test. Default 5 seconds
     */
    record Probe(URI url, Duration interval, Duration timeout) {
        static final Probe DEFAULT = new Probe(
                URI.create("http://www.gstatic.com/generate_204"), Duration.ofMinutes(5), Duration.ofSeconds(5));
    }

    /**
     * A SOCKS5 proxy (RFC 1928).
     *
     * @param credentials default empty: none
     * @param udp whether UDP is sent through it. Default false
     * @param names what it is told of a TCP destination, and of a UDP one with a fake IP; else that is the address. Default remote
     */
    record Socks5(String name, Endpoint server, Optional<Credentials> credentials, boolean udp, Names names, Dial dial)
            implements Dialing {}

    /**
     * An HTTP proxy that understands CONNECT (RFC 9110).
     *
     * @param credentials default empty: none
     * @param tls how the proxy itself is spoken to over TLS. Default empty: not at all
     * @param names what it is told of a destination. Default remote
     */
    record Http(
            String name, Endpoint server, Optional<Credentials> credentials, Optional<Tls> tls, Names names, Dial dial)
            implements Dialing {}

    /** Straight out. */
    record Direct(String name, Dial dial) implements Dialing {}

    /** Nowhere: the flow is refused. */
    record Block(String name) implements Outbound {}

    /**
     * The member that answers the probe fastest.
     *
     * @param tolerance how much faster another member must be before it is taken. Default 50 ms
     */
    record UrlTest(String name, List<String> outbounds, Probe probe, Duration tolerance) implements Group {
        static final Duration DEFAULT_TOLERANCE = Duration.ofMillis(50);

        /** Keeps an unmodifiable list of members. */
        public UrlTest {
            outbounds = List.copyOf(outbounds);
        }
    }

    /** The first member that answers the probe. */
    record Fallback(String name, List<String> outbounds, Probe probe) implements Group {
        /** Keeps an unmodifiable list of members. */
        public Fallback {
            outbounds = List.copyOf(outbounds);
        }
    }

    /** The member that a person chose; the first one until then. */
    record Select(String name, List<String> outbounds) implements Group {
        /** Keeps an unmodifiable list of members. */
        public Select {
            outbounds = List.copyOf(outbounds);
        }
    }

    /**
     * All members that answer the probe.
     *
     * @param strategy which of them a flow gets. Default by its destination
     */
    record LoadBalance(String name, List<String> outbounds, Probe probe, Strategy strategy) implements Group {
        /** Which member a flow gets. */
        public enum Strategy {
            /** The same for the same destination host, as long as it answers. */
            CONSISTENT_HASH,
            /** Each in turn. */
            ROUND_ROBIN
        }

        /** Keeps an unmodifiable list of members. */
        public LoadBalance {
            outbounds = List.copyOf(outbounds);
        }
    }
}

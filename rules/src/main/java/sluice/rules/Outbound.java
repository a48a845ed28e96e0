// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.net.URI;
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
     * @param via name of the outbound that carries them. Default empty: none
     * @param interfaceName interface they leave by. Default empty: as the routes say
     * @param mark packet mark, unsigned 32 bits, added to the loop guard. Default 0
     */
    record Dial(Optional<String> via, Optional<String> interfaceName, int mark) {}

    /**
     * How members of a group are tested.
     *
     * @param url fetched with HTTP or HTTPS. Default {@code http://www.gstatic.com/generate_204}
     * @param interval between two tests. Default 5 minutes
     */
    record Probe(URI url, Duration interval) {
        static final Probe DEFAULT =
                new Probe(URI.create("http://www.gstatic.com/generate_204"), Duration.ofMinutes(5));
    }

    /**
     * A SOCKS5 proxy (RFC 1928).
     *
     * @param credentials default empty: none
     * @param udp whether UDP is sent through it. Default false
     */
    record Socks5(String name, Endpoint server, Optional<Credentials> credentials, boolean udp, Dial dial)
            implements Dialing {}

    /**
     * An HTTP proxy that understands CONNECT (RFC 9110).
     *
     * @param credentials default empty: none
     * @param tls whether the proxy itself is spoken to over TLS. Default false
     */
    record Http(String name, Endpoint server, Optional<Credentials> credentials, boolean tls, Dial dial)
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

    /** All members that answer the probe, by destination. */
    record LoadBalance(String name, List<String> outbounds, Probe probe) implements Group {
        /** Keeps an unmodifiable list of members. */
        public LoadBalance {
            outbounds = List.copyOf(outbounds);
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.dns;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import sluice.rules.Endpoint;

/** How DNS gets out: by the engine's outbounds. Everything that blocks does so on threads of {@link #start}. */
public interface Network {
    /** Starts a virtual thread that may use the rest of this. */
    Thread start(String name, Runnable task);

    /**
     * Connects.
     *
     * @param outbound key of the configuration's outbounds, or {@code direct}
     * @param server an address, or a name that the outbound looks up
     * @param tls null: in the clear
     * @param timeout for all of it
     * @return the caller's to close
     * @throws IOException why not, in words for people
     */
    Stream connect(String outbound, Endpoint server, @Nullable Tls tls, Duration timeout) throws IOException;

    /**
     * A socket for datagrams to one server, with a port of its own that cannot be guessed.
     *
     * @param server an address
     * @return the caller's to close
     * @throws IOException why not, in words for people; also when the outbound carries no UDP
     */
    Datagrams datagrams(String outbound, Endpoint server, Duration timeout) throws IOException;

    /** Whether the outbound can carry UDP. */
    boolean carriesUdp(String outbound);

    /**
     * What TLS needs to know (RFC 8446).
     *
     * @param name whom the certificate must be for; sent as server name where it is one
     * @param ca file of PEM certificates that are trusted; empty: the system's
     * @param protocols offered by ALPN (RFC 7301), the best first; may be empty
     */
    record Tls(String name, Optional<Path> ca, List<String> protocols) {}

    /** A connection. One thread may read while another writes; any may close. */
    interface Stream extends AutoCloseable {
        /** Reads something; -1 at the end. */
        int read(ByteBuffer into, Duration timeout) throws IOException;

        /** Writes all remaining bytes. */
        void write(ByteBuffer from, Duration timeout) throws IOException;

        /** What ALPN chose, empty when it did not. */
        String protocol();

        @Override
        void close();
    }

    /** A connected datagram socket. */
    interface Datagrams extends AutoCloseable {
        /** Sends one. */
        void send(ByteBuffer datagram) throws IOException;

        /** Receives one, as far as there is room; one that has come although the time is over, too. */
        int receive(ByteBuffer into, Duration timeout) throws IOException;

        @Override
        void close();
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import sluice.engine.flow.Destination;
import sluice.linux.InetEndpoint;

/** A proxy that relays datagrams as long as this is open. {@link #wrap} and {@link #unwrap} on one thread at a time. */
public interface UdpAssociation extends AutoCloseable {
    /** Where datagrams for the proxy go. */
    InetEndpoint relay();

    /** What the socket to the relay is given. */
    SocketTraits traits();

    /** Most bytes that {@link #wrap} puts in front of a payload. */
    int headerBytes();

    /** Puts the header for this destination at the buffer's position, which advances. */
    void wrap(Destination destination, ByteBuffer into);

    /**
     * Reads the header of a datagram from the relay; the buffer's position is at the payload then.
     *
     * @return who sent the payload, with an address of zeros where the proxy gives a name or none; null when the datagram is not one of the
     *     proxy's
     */
    @Nullable
    InetEndpoint unwrap(ByteBuffer datagram);

    /**
     * As {@link #unwrap}, where the sender's address does not matter, which may be a name then.
     *
     * @return the sender's port, or -1
     */
    int unwrapPort(ByteBuffer datagram);

    /** Runs the action, on any thread, when the proxy ends the association; at once when it has. */
    void onEnd(Runnable action);

    @Override
    void close();
}

// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import sluice.engine.flow.Destination;
import sluice.engine.park.ParkedSocket;
import sluice.engine.park.Parking;
import sluice.linux.InetEndpoint;

/**
 * A SOCKS5 UDP association (RFC 1928, section 7): it lives as long as the connection that asked for it, on which nothing more is said. The
 * destination is always given by its address, because replies could not be told apart otherwise.
 */
final class SocksAssociation implements UdpAssociation {
    private static final int LONGEST_HEADER = 4 + 16 + 2;
    private static final int MOST_CHATTER = 4096;

    private final InetEndpoint relay;
    private final SocketTraits traits;
    private final ParkedSocket control;
    private final Parking parking;
    private final AtomicInteger wakes = new AtomicInteger();
    private final AtomicReference<@Nullable Runnable> onEnd = new AtomicReference<>();
    /** Bytes that the proxy said without being asked; whoever listens holds {@link #wakes} above zero. */
    private int chatter;

    SocksAssociation(InetEndpoint relay, SocketTraits traits, ParkedSocket control, Parking parking) {
        this.relay = relay;
        this.traits = traits;
        this.control = control;
        this.parking = parking;
        control.onReadable(this::wake);
    }

    /** On the polling thread: the connection ended, or says something. */
    private void wake() {
        if (wakes.getAndIncrement() == 0) {
            parking.start("engine-socks-control", this::listen);
        }
    }

    private void listen() {
        int seen;
        do {
            seen = wakes.get();
            if (hasEnded()) {
                // Stays above zero: nobody listens again.
                control.close();
                end();
                return;
            }
        } while (!wakes.compareAndSet(seen, 0));
    }

    private boolean hasEnded() {
        var ignored = ByteBuffer.allocate(64);
        try {
            int count;
            while ((count = control.tryRead(ignored.clear())) > 0) {
                chatter += count;
                if (chatter > MOST_CHATTER) {
                    return true;
                }
            }
            return count < 0;
        } catch (IOException e) {
            return true;
        }
    }

    /** Stands where an action was, so that a later one is run at once. */
    private static void nothing() {}

    private void end() {
        var action = onEnd.getAndSet(SocksAssociation::nothing);
        if (action != null) {
            action.run();
        }
    }

    @Override
    public InetEndpoint relay() {
        return relay;
    }

    @Override
    public SocketTraits traits() {
        return traits;
    }

    @Override
    public int headerBytes() {
        return LONGEST_HEADER;
    }

    @Override
    public void wrap(Destination destination, ByteBuffer into) {
        // Two reserved bytes and the fragment's number: never a fragment.
        into.put((byte) 0).put((byte) 0).put((byte) 0);
        var endpoint = destination.endpoint();
        Socks5Proxy.putAddress(into, new Peer(endpoint.address(), null, endpoint.port()));
    }

    @Override
    public @Nullable InetEndpoint unwrap(ByteBuffer datagram) {
        int start = datagram.position();
        if (datagram.remaining() < 4 || datagram.get(start + 2) != 0) {
            return null;
        }
        int type = datagram.get(start + 3);
        int length = type == Socks5Proxy.IPV4 ? 4 : type == Socks5Proxy.IPV6 ? 16 : -1;
        if (length < 0 || datagram.remaining() < 4 + length + 2) {
            return null;
        }
        var bytes = new byte[length];
        datagram.get(start + 4, bytes);
        int portAt = start + 4 + length;
        int port = Byte.toUnsignedInt(datagram.get(portAt)) << 8 | Byte.toUnsignedInt(datagram.get(portAt + 1));
        datagram.position(portAt + 2);
        try {
            return new InetEndpoint(InetAddress.getByAddress(bytes), port);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an address of " + length + " bytes", e);
        }
    }

    @Override
    public void onEnd(Runnable action) {
        if (!onEnd.compareAndSet(null, action)) {
            action.run();
        }
    }

    @Override
    public void close() {
        onEnd.set(SocksAssociation::nothing);
        control.close();
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import sluice.engine.flow.Destination;
import sluice.engine.park.ParkedSocket;
import sluice.engine.park.Parking;
import sluice.linux.InetEndpoint;

/**
 * A SOCKS5 UDP association (RFC 1928, section 7): it lives as long as the connection that asked for it, on which nothing more is said. A
 * destination is given by its address, because replies could not be told apart otherwise; one that is only a name needs an association of its
 * own for that reason.
 */
final class SocksAssociation implements UdpAssociation {
    // Two reserved bytes, the fragment's number, the address's type, the address, the port.
    private static final int FRAGMENT = 2;
    private static final int TYPE = 3;
    private static final int ADDRESS = 4;
    private static final int LONGEST_HEADER = ADDRESS + 1 + 255 + 2;
    private static final int MOST_CHATTER = 4096;
    private static final InetAddress UNSAID = InetAddress.ofLiteral("0.0.0.0");
    /** What nobody reads: all associations write here. Direct, so that no shortage of buffers looks like the end of one. */
    private static final ByteBuffer IGNORED = ByteBuffer.allocateDirect(64);

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
        var ignored = IGNORED.duplicate();
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
        // Never a fragment.
        into.put((byte) 0).put((byte) 0).put((byte) 0);
        var endpoint = destination.endpoint();
        Socks5Proxy.putAddress(
                into,
                destination.isMadeUp()
                        ? new Peer(null, destination.name(), endpoint.port())
                        : new Peer(endpoint.address(), null, endpoint.port()));
    }

    @Override
    public @Nullable InetEndpoint unwrap(ByteBuffer datagram) {
        int start = datagram.position();
        int length = addressBytes(datagram);
        int port = skip(datagram, length);
        if (port < 0) {
            return null;
        }
        var bytes = new byte[length];
        datagram.get(start + ADDRESS, bytes);
        try {
            return new InetEndpoint(
                    datagram.get(start + TYPE) == Socks5Proxy.NAME
                            ? named(bytes, port)
                            : InetAddress.getByAddress(bytes),
                    port);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an address of " + length + " bytes", e);
        }
    }

    /** Who sent it in words: an address as text, or a name, which tells nothing to an application that knows addresses. */
    private static InetAddress named(byte[] lengthAndName, int port) {
        var text = new String(lengthAndName, 1, lengthAndName.length - 1, StandardCharsets.ISO_8859_1);
        var said = Peer.said(text, port);
        return said == null || said.address() == null ? UNSAID : said.address();
    }

    @Override
    public int unwrapPort(ByteBuffer datagram) {
        return skip(datagram, addressBytes(datagram));
    }

    /** How many bytes the address takes, with the length of a name; -1 when there is none. */
    private static int addressBytes(ByteBuffer datagram) {
        int start = datagram.position();
        if (datagram.remaining() <= ADDRESS || datagram.get(start + FRAGMENT) != 0) {
            return -1;
        }
        return switch (datagram.get(start + TYPE)) {
            case Socks5Proxy.IPV4 -> 4;
            case Socks5Proxy.IPV6 -> 16;
            case Socks5Proxy.NAME -> 1 + Byte.toUnsignedInt(datagram.get(start + ADDRESS));
            default -> -1;
        };
    }

    /** Goes on to the payload and returns the port in front of it; -1 when the datagram ends before. */
    private static int skip(ByteBuffer datagram, int addressBytes) {
        int portAt = datagram.position() + ADDRESS + addressBytes;
        if (addressBytes < 0 || datagram.limit() < portAt + Short.BYTES) {
            return -1;
        }
        datagram.position(portAt + Short.BYTES);
        return Byte.toUnsignedInt(datagram.get(portAt)) << 8 | Byte.toUnsignedInt(datagram.get(portAt + 1));
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

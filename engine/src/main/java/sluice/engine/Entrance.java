// SPDX-License-Identifier: Apache-2.0
package sluice.engine;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import sluice.linux.AlreadyExistsException;
import sluice.linux.Errno;
import sluice.linux.FileDescriptor;
import sluice.linux.InetEndpoint;
import sluice.linux.NativeSocket;
import sluice.linux.SocketConstants;
import sluice.linux.StreamListener;
import sluice.linux.SystemCallException;
import sluice.linux.UnsupportedException;

/**
 * Where one target's flows come in: one port for TCP and UDP, IPv4 and IPv6, on loopback, which is where a TPROXY rule can hand them to
 * whatever address they were meant for. Owns its sockets.
 *
 * @param streams TCP listeners by family
 * @param datagrams UDP sockets by family, bound and otherwise as they were opened
 */
record Entrance(String target, int port, Map<Family, StreamListener> streams, Map<Family, FileDescriptor> datagrams)
        implements AutoCloseable {
    private static final int BACKLOG = 4096;
    private static final int ATTEMPTS = 50;
    /** What arrives while the loop does other things, or waits for a processor: a thousand queries at once take 0.8 MB there. */
    private static final int RECEIVE_BUFFER = 1 << 20;

    /** Nothing is lost on the way to an application of this machine; one that paces (bbr) would spend more on timers than the relay on bytes. */
    private static final String CONGESTION_CONTROL = "reno";

    private static final String PLAIN = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_";

    /** Address families, under the digit that names have. */
    enum Family {
        IPV4("4", "127.0.0.1"),
        IPV6("6", "::1");

        final String digit;
        final InetAddress loopback;

        Family(String digit, String loopback) {
            this.digit = digit;
            this.loopback = InetAddress.ofLiteral(loopback);
        }

        InetEndpoint at(int port) {
            return new InetEndpoint(loopback, port);
        }
    }

    /** What names begin with that {@link #descriptors} gives for a target: letters, digits and a few signs stay, other bytes become %XX. */
    private static String encoded(String target) {
        var text = new StringBuilder();
        for (byte b : target.getBytes(StandardCharsets.UTF_8)) {
            if (PLAIN.indexOf(b) >= 0) {
                text.append((char) b);
            } else {
                text.append(String.format("%%%02X", b));
            }
        }
        return text.toString();
    }

    private static String name(String target, String transport, Family family) {
        return "engine." + transport + family.digit + "." + encoded(target);
    }

    /** Its sockets by the name under which a later engine finds them again. */
    Map<String, FileDescriptor> descriptors() {
        var all = new LinkedHashMap<String, FileDescriptor>();
        streams.forEach((family, listener) -> all.put(name(target, "tcp", family), listener.descriptor()));
        datagrams.forEach((family, descriptor) -> all.put(name(target, "udp", family), descriptor));
        return all;
    }

    /**
     * Takes over what an earlier engine left for this target, and opens the rest on the same port.
     *
     * @param inherited named as in {@link #descriptors}; those that are taken are removed
     * @param transparent whether the sockets serve TPROXY
     */
    static Entrance open(String target, Map<String, FileDescriptor> inherited, boolean transparent) throws IOException {
        var kept = new Entrance(target, 0, new HashMap<>(), new HashMap<>());
        try {
            int port = 0;
            for (var family : Family.values()) {
                var stream = inherited.remove(name(target, "tcp", family));
                if (stream != null) {
                    var listener = StreamListener.of(stream);
                    listener.congestionControl(CONGESTION_CONTROL);
                    kept.streams.put(family, listener);
                    port = listener.local().port();
                }
                var datagram = inherited.remove(name(target, "udp", family));
                if (datagram != null) {
                    kept.datagrams.put(family, datagram);
                    var socket = NativeSocket.of(datagram);
                    socket.receiveBuffer(RECEIVE_BUFFER);
                    port = ((InetEndpoint) socket.localAddress()).port();
                }
            }
            return kept.completed(port, transparent);
        } catch (IOException e) {
            kept.close();
            throw e;
        }
    }

    private Entrance completed(int known, boolean transparent) throws IOException {
        for (int attempt = 1; ; attempt++) {
            var added = new Entrance(target, known, new HashMap<>(), new HashMap<>());
            try {
                int port = added.fill(this, transparent);
                added.streams.putAll(streams);
                added.datagrams.putAll(datagrams);
                return new Entrance(target, port, Map.copyOf(added.streams), Map.copyOf(added.datagrams));
            } catch (AlreadyExistsException e) {
                // The port that is free for the first socket may be taken for another one.
                added.close();
                if (known != 0 || attempt == ATTEMPTS) {
                    throw e;
                }
            } catch (IOException e) {
                added.close();
                throw e;
            }
        }
    }

    private int fill(Entrance present, boolean transparent) throws SystemCallException {
        int chosen = port;
        for (var family : Family.values()) {
            try {
                if (!present.streams.containsKey(family)) {
                    var listener = StreamListener.open(family.at(chosen), BACKLOG, transparent);
                    streams.put(family, listener);
                    listener.congestionControl(CONGESTION_CONTROL);
                    chosen = listener.local().port();
                }
                if (!present.datagrams.containsKey(family)) {
                    datagrams.put(family, datagramSocket(family.at(chosen), transparent));
                }
            } catch (AlreadyExistsException e) {
                throw e;
            } catch (SystemCallException e) {
                if (family == Family.IPV4 || !isAbsent(e)) {
                    throw e;
                }
                // A machine without IPv6.
                var half = streams.remove(family);
                if (half != null) {
                    half.close();
                }
            }
        }
        return chosen;
    }

    private static boolean isAbsent(SystemCallException e) {
        return e instanceof UnsupportedException || e.errno() == Errno.EADDRNOTAVAIL;
    }

    private static FileDescriptor datagramSocket(InetEndpoint at, boolean transparent) throws SystemCallException {
        var socket = NativeSocket.open(at.family(), SocketConstants.SOCK_DGRAM, 0, "UDP socket on " + at);
        try {
            socket.nonBlocking(true);
            socket.receiveBuffer(RECEIVE_BUFFER);
            if (!at.isIpv4()) {
                socket.option(SocketConstants.IPPROTO_IPV6, SocketConstants.IPV6_V6ONLY, 1);
            }
            if (transparent && at.isIpv4()) {
                socket.option(SocketConstants.IPPROTO_IP, SocketConstants.IP_TRANSPARENT, 1);
            } else if (transparent) {
                socket.option(SocketConstants.IPPROTO_IPV6, SocketConstants.IPV6_TRANSPARENT, 1);
            }
            socket.bind(at);
            return socket.descriptor();
        } catch (SystemCallException e) {
            socket.close();
            throw e;
        }
    }

    @Override
    public void close() {
        streams.values().forEach(StreamListener::close);
        datagrams.values().forEach(FileDescriptor::close);
    }
}

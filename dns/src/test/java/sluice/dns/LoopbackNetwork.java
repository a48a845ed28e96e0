// SPDX-License-Identifier: Apache-2.0
package sluice.dns;

import java.io.IOException;
import java.io.InputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import sluice.rules.Endpoint;

/** Out by the JDK's sockets, to this machine only. */
final class LoopbackNetwork implements Network, AutoCloseable {
    private final Set<java.io.Closeable> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger connections = new AtomicInteger();
    private volatile boolean udp = true;
    private volatile String broken = "";

    /** How many connections were made so far. */
    int connections() {
        return connections.get();
    }

    /** From now on no outbound carries UDP. */
    void refuseUdp() {
        udp = false;
    }

    /** From now on nothing gets out, and why; all does again where there is no reason. */
    void fail(String reason) {
        broken = reason;
    }

    private void check() throws IOException {
        if (!broken.isEmpty()) {
            throw new IOException(broken);
        }
    }

    @Override
    public Thread start(String name, Runnable task) {
        return Thread.ofVirtual().name(name).start(task);
    }

    @Override
    public boolean carriesUdp(String outbound) {
        return udp;
    }

    @Override
    public Stream connect(String outbound, Endpoint server, @Nullable Tls tls, Duration timeout) throws IOException {
        check();
        connections.incrementAndGet();
        var plain = new Socket();
        open.add(plain);
        plain.connect(new InetSocketAddress(server.host(), server.port()), millis(timeout));
        if (tls == null) {
            return new SocketStream(plain, "");
        }
        try {
            var secure = (SSLSocket) context(tls.ca().orElseThrow())
                    .getSocketFactory()
                    .createSocket(plain, tls.name(), server.port(), true);
            var parameters = secure.getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            parameters.setServerNames(java.util.List.of(new SNIHostName(tls.name())));
            parameters.setApplicationProtocols(tls.protocols().toArray(String[]::new));
            secure.setSSLParameters(parameters);
            secure.setSoTimeout(millis(timeout));
            secure.startHandshake();
            return new SocketStream(secure, secure.getApplicationProtocol());
        } catch (GeneralSecurityException e) {
            throw new IOException(e);
        }
    }

    private static SSLContext context(Path ca) throws IOException, GeneralSecurityException {
        var store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null);
        try (InputStream in = Files.newInputStream(ca)) {
            store.setCertificateEntry(
                    "ca", CertificateFactory.getInstance("X.509").generateCertificate(in));
        }
        var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        var context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return context;
    }

    @Override
    public Datagrams datagrams(String outbound, Endpoint server, Duration timeout) throws IOException {
        check();
        var socket = new DatagramSocket();
        open.add(socket);
        socket.connect(new InetSocketAddress(server.host(), server.port()));
        return new SocketDatagrams(socket);
    }

    private static int millis(Duration timeout) {
        return (int) Math.max(1, timeout.toMillis());
    }

    private record SocketStream(Socket socket, String protocol) implements Stream {
        @Override
        public int read(ByteBuffer into, Duration timeout) throws IOException {
            socket.setSoTimeout(millis(timeout));
            var bytes = new byte[into.remaining()];
            int count = socket.getInputStream().read(bytes);
            into.put(bytes, 0, Math.max(0, count));
            return count;
        }

        @Override
        public void write(ByteBuffer from, Duration timeout) throws IOException {
            var bytes = new byte[from.remaining()];
            from.get(bytes);
            socket.getOutputStream().write(bytes);
        }

        @Override
        public void close() {
            try {
                socket.close();
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        }
    }

    private record SocketDatagrams(DatagramSocket socket) implements Datagrams {
        @Override
        public void send(ByteBuffer datagram) throws IOException {
            var bytes = new byte[datagram.remaining()];
            datagram.get(bytes);
            socket.send(new DatagramPacket(bytes, bytes.length));
        }

        @Override
        public int receive(ByteBuffer into, Duration timeout) throws IOException {
            socket.setSoTimeout(millis(timeout));
            var packet = new DatagramPacket(new byte[into.remaining()], into.remaining());
            socket.receive(packet);
            into.put(packet.getData(), 0, packet.getLength());
            return packet.getLength();
        }

        @Override
        public void close() {
            socket.close();
        }
    }

    @Override
    public void close() throws IOException {
        for (var one : open) {
            one.close();
        }
    }
}

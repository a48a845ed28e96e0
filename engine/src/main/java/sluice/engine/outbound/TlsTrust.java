// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManagerFactory;
import sluice.rules.Endpoint;

/**
 * Whom TLS connections believe. Any thread.
 *
 * @param name asked for with SNI, and what the certificate must be for; empty: the server's host
 */
record TlsTrust(SSLContext context, Optional<String> name) {
    private static final long LARGEST_FILE = 4 << 20;
    private static final int MOST_SESSIONS = 64;

    /** Where distributions keep the certificates that an administrator may add to. */
    private static final List<Path> SYSTEM = List.of(
            Path.of("/etc/ssl/certs/ca-certificates.crt"),
            Path.of("/etc/pki/tls/certs/ca-bundle.crt"),
            Path.of("/etc/ssl/ca-bundle.pem"));

    /** The system's certificates: read when they are needed first. */
    private static final class OfSystem {
        static final SSLContext CONTEXT = make();

        private static SSLContext make() {
            try {
                var found = SYSTEM.stream()
                        .map(OfSystem::of)
                        .flatMap(Optional::stream)
                        .findFirst();
                return found.isPresent() ? found.get() : SSLContext.getDefault();
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("set up TLS with the JDK's certificates", e);
            }
        }

        /** Empty where there is no such file, or none that can be used: the JDK's own certificates are the next best. */
        private static Optional<SSLContext> of(Path file) {
            try {
                return Files.isReadable(file) ? Optional.of(context(read(file))) : Optional.empty();
            } catch (IOException e) {
                return Optional.empty();
            }
        }
    }

    /** The certificates of the machine. */
    static TlsTrust system() {
        return new TlsTrust(OfSystem.CONTEXT, Optional.empty());
    }

    /**
     * As an outbound, or a name server, says.
     *
     * @param what such as {@code outbound office}
     * @throws IOException the file cannot be read, or holds no certificate
     */
    static TlsTrust of(String what, Optional<Path> authorities, Optional<String> name) throws IOException {
        if (authorities.isEmpty()) {
            return new TlsTrust(OfSystem.CONTEXT, name);
        }
        var file = authorities.get();
        try {
            return new TlsTrust(context(read(file)), name);
        } catch (IOException e) {
            throw new IOException(
                    "read the certificates of " + what + " from " + file + ": "
                            + (e instanceof java.nio.file.NoSuchFileException ? "no such file" : e.getMessage())
                            + "; ca names a file with certificates in PEM form",
                    e);
        }
    }

    private static Collection<? extends Certificate> read(Path file) throws IOException {
        if (Files.size(file) > LARGEST_FILE) {
            throw new IOException("it has more than " + LARGEST_FILE + " bytes");
        }
        try (var in = new BufferedInputStream(Files.newInputStream(file))) {
            var certificates = CertificateFactory.getInstance("X.509").generateCertificates(in);
            if (certificates.isEmpty()) {
                throw new IOException("there is no certificate in it");
            }
            return certificates;
        } catch (CertificateException e) {
            throw new IOException("not a certificate: " + e.getMessage(), e);
        }
    }

    private static SSLContext context(Collection<? extends Certificate> certificates) throws IOException {
        try {
            var store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            int number = 0;
            for (var certificate : certificates) {
                store.setCertificateEntry(Integer.toString(number++), certificate);
            }
            var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(store);
            var context = SSLContext.getInstance("TLS");
            context.init(null, factory.getTrustManagers(), null);
            // Each ticket of TLS 1.3 is a session of its own there; by default 20,480 of them are kept for a day.
            context.getClientSessionContext().setSessionCacheSize(MOST_SESSIONS);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IOException("set up TLS: " + e.getMessage(), e);
        }
    }

    /**
     * The client's side of a connection to this server, which verifies the certificate and the name in it (RFC 9525).
     *
     * @param protocols offered by ALPN, the best first; maybe none
     */
    SSLEngine engine(Endpoint server, List<String> protocols) {
        var expected = name.orElse(server.host());
        var engine = context.createSSLEngine(expected, server.port());
        engine.setUseClientMode(true);
        var parameters = engine.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        parameters.setProtocols(new String[] {"TLSv1.3", "TLSv1.2"});
        if (Peer.of(expected, server.port()).name() != null) {
            parameters.setServerNames(List.of(new SNIHostName(expected)));
        }
        parameters.setApplicationProtocols(protocols.toArray(String[]::new));
        engine.setSSLParameters(parameters);
        return engine;
    }
}

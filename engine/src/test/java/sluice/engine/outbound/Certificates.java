// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;

/** A certificate authority of its own, with a certificate for {@code proxy.example} and 127.0.0.1 that it signed. Made by openssl. */
record Certificates(Path directory) {
    private static final String PASSWORD = "test";

    static Certificates make(Path directory) throws IOException {
        run(
                directory,
                "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=authority"
                        + " -addext basicConstraints=critical,CA:TRUE -keyout ca.key -out ca.pem");
        run(
                directory,
                "openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=proxy.example"
                        + " -keyout server.key -out server.csr");
        Files.writeString(directory.resolve("names"), "subjectAltName=DNS:proxy.example,IP:127.0.0.1\n");
        run(
                directory,
                "openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2"
                        + " -extfile names -out server.pem");
        run(
                directory,
                "openssl pkcs12 -export -inkey server.key -in server.pem -passout pass:" + PASSWORD
                        + " -out server.p12");
        Files.writeString(
                directory.resolve("server-and-key.pem"),
                Files.readString(directory.resolve("server.pem")) + Files.readString(directory.resolve("server.key")));
        return new Certificates(directory);
    }

    private static void run(Path directory, String command) throws IOException {
        var log = directory.resolve("openssl.log");
        var process = new ProcessBuilder(List.of(command.split(" ")))
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            if (!process.waitFor(45, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new IOException(command + ": " + Files.readString(log));
            }
        } catch (InterruptedException e) {
            throw new IOException(e);
        } finally {
            process.destroyForcibly();
        }
    }

    /** What the authority is known by. */
    Path authority() {
        return directory.resolve("ca.pem");
    }

    /** The server's certificate and its key, in one file. */
    Path serverAndKey() {
        return directory.resolve("server-and-key.pem");
    }

    /** A listener on loopback that speaks TLS with the server's certificate. */
    SSLServerSocket listener(String... protocols) throws IOException, GeneralSecurityException {
        var store = KeyStore.getInstance(directory.resolve("server.p12").toFile(), PASSWORD.toCharArray());
        var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, PASSWORD.toCharArray());
        var context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, null);
        var listener = (SSLServerSocket) context.getServerSocketFactory()
                .createServerSocket(0, 100, java.net.InetAddress.ofLiteral("127.0.0.1"));
        listener.setEnabledProtocols(protocols);
        return listener;
    }
}

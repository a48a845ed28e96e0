// SPDX-License-Identifier: Apache-2.0
package sluice.engine.udp;

import java.net.DatagramSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import sluice.testkit.Lab;
import tech.kwik.core.QuicClientConnection;
import tech.kwik.core.log.NullLogger;
import tech.kwik.core.server.ServerConnectionConfig;
import tech.kwik.core.server.ServerConnector;

/** A real QUIC client and server. */
final class Quic {
    private static final String PROTOCOL = "echo";
    private static final String PASSWORD = "unsecret";

    private Quic() {}

    /**
     * Connects from here.
     *
     * @param name in the first bytes
     * @param address where they are sent
     */
    static QuicClientConnection connect(String name, String address) throws Exception {
        var builder = QuicClientConnection.newBuilder()
                .uri(URI.create("echo://" + name + ":443"))
                .proxy(address)
                .applicationProtocol(PROTOCOL)
                .connectTimeout(Duration.ofSeconds(name.startsWith("nothing") ? 2 : 10))
                .logger(new NullLogger())
                .noServerCertificateCheck();
        var client = (address.contains(":") ? builder.preferIPv6() : builder.preferIPv4()).build();
        client.connect();
        return client;
    }

    /** A server of the internet that echoes, on port 443 of one of its addresses. */
    static ServerConnector server(UdpWorld world, String address) throws Exception {
        var socket = world.inside(() -> new DatagramSocket(UdpWorld.at(address, 443)));
        var server = ServerConnector.builder()
                .withSocket(socket)
                .withKeyStore(keys(world.lab), "quic", PASSWORD.toCharArray())
                .withConfiguration(ServerConnectionConfig.builder()
                        .maxOpenPeerInitiatedBidirectionalStreams(4)
                        .build())
                .withLogger(new NullLogger())
                .build();
        server.registerApplicationProtocol(PROTOCOL, new QuicEcho());
        server.start();
        return server;
    }

    private static KeyStore keys(Lab lab) throws Exception {
        var file = lab.directory().resolve("keys.p12");
        if (!Files.exists(file)) {
            lab.here()
                    .run(
                            Path.of(System.getProperty("java.home"), "bin", "keytool")
                                    .toString(),
                            "-genkeypair",
                            "-alias",
                            "quic",
                            "-keyalg",
                            "EC",
                            "-groupname",
                            "secp256r1",
                            "-dname",
                            "CN=quic.example.org",
                            "-storetype",
                            "PKCS12",
                            "-keystore",
                            file.toString(),
                            "-storepass",
                            PASSWORD);
        }
        return KeyStore.getInstance(file.toFile(), PASSWORD.toCharArray());
    }
}

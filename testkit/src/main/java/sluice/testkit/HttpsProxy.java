// SPDX-License-Identifier: Apache-2.0
package sluice.testkit;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * An HTTP proxy behind TLS, with a certificate for {@value #NAME}: HAProxy in front of src/main/c/connect-server.c, which connects to nothing.
 * What is asked for with an even port sends without end, with an odd one it echoes.
 *
 * @param authority file with its certificate, which it signed itself
 */
public record HttpsProxy(Path authority) {
    /** Whom its certificate is for. */
    public static final String NAME = "proxy.example";

    private static final int BEHIND_TLS = 8000;

    /**
     * Starts it on the port of the address.
     *
     * @param settings further lines of HAProxy's section {@code global}, such as ciphers; maybe none
     */
    public static HttpsProxy start(Namespace namespace, String address, int port, List<String> settings)
            throws IOException {
        var directory = namespace.lab().directory();
        namespace.command("sh", "-euc", """
                        cd "$0"
                        openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=$1" -addext "subjectAltName=DNS:$1" \
                            -keyout https-proxy.key -out https-proxy.pem
                        cat https-proxy.pem https-proxy.key >https-proxy-and-key.pem
                        """, directory.toString(), NAME).run();
        namespace
                .command(CProgram.of("connect-server").executable().toString(), Integer.toString(BEHIND_TLS))
                .start()
                .awaitOutput("ready\n", Await.SOON);
        var file = namespace.lab().file("https-proxy.cfg", """
                global
                    nbthread 1
                    maxconn 4000
                    %1$s
                defaults
                    mode tcp
                    timeout connect 5s
                    timeout client 300s
                    timeout server 300s
                listen tls
                    bind %2$s:%3$d ssl crt %4$s
                    server proxy 127.0.0.1:%5$d
                """.formatted(
                        String.join("\n    ", settings),
                        address,
                        port,
                        directory.resolve("https-proxy-and-key.pem"),
                        BEHIND_TLS));
        namespace.command("haproxy", "-db", "-f", file.toString()).start();
        namespace.awaitListener(Transport.TCP, port, Await.SOON);
        return new HttpsProxy(directory.resolve("https-proxy.pem"));
    }
}

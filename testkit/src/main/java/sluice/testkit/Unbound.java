// SPDX-License-Identifier: Apache-2.0
package sluice.testkit;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * unbound in a lab, as a name server that knows a few names and asks nobody: over UDP and TCP (port 53), over TLS (port 853, RFC 7858) and over
 * HTTPS (port 443, RFC 8484), with a certificate for {@value #NAME}.
 *
 * @param process the server
 * @param authority file with the certificate of the authority that signed its own
 */
public record Unbound(Background process, Path authority) {
    /** Whom its certificate is for. */
    public static final String NAME = "dns.example";

    private static final Duration START = Await.SOON;

    /**
     * Starts it.
     *
     * @param addresses where it listens
     * @param names to their address, IPv4 or IPv6; others do not exist
     */
    public static Unbound start(Namespace namespace, List<String> addresses, Map<String, String> names)
            throws IOException {
        var directory = namespace.lab().directory();
        certificate(namespace, directory);
        var file = namespace.lab().file("unbound.conf", configuration(directory, addresses, names));
        var process =
                namespace.command("unbound", "-dd", "-p", "-c", file.toString()).start();
        for (int port : new int[] {53, 853, 443}) {
            namespace.awaitListener(Transport.TCP, port, START);
        }
        return new Unbound(process, directory.resolve("unbound-ca.pem"));
    }

    private static String configuration(Path directory, List<String> addresses, Map<String, String> names) {
        var text = new StringBuilder("""
                server:
                    directory: ""
                    chroot: ""
                    username: ""
                    pidfile: ""
                    logfile: ""
                    use-syslog: no
                    log-queries: yes
                    num-threads: 1
                    module-config: "iterator"
                    access-control: 0.0.0.0/0 allow
                    access-control: ::/0 allow
                    tls-service-key: "%1$s/unbound.key"
                    tls-service-pem: "%1$s/unbound.pem"
                    local-zone: "." static
                """.formatted(directory));
        for (var address : addresses) {
            for (int port : new int[] {53, 853, 443}) {
                text.append("    interface: %s@%d\n".formatted(address, port));
            }
        }
        names.forEach((name, address) -> text.append("    local-data: \"%s. 300 IN %s %s\"\n"
                .formatted(name, address.contains(":") ? "AAAA" : "A", address)));
        return text.append("remote-control:\n    control-enable: no\n").toString();
    }

    private static void certificate(Namespace namespace, Path directory) throws IOException {
        namespace.command("sh", "-euc", """
                        cd "$0"
                        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=authority \
                            -keyout unbound-ca.key -out unbound-ca.pem
                        openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN="$1" \
                            -keyout unbound.key -out unbound.csr
                        printf 'subjectAltName = DNS:%s\\n' "$1" >unbound.ext
                        openssl x509 -req -in unbound.csr -CA unbound-ca.pem -CAkey unbound-ca.key -CAcreateserial -days 2 \
                            -extfile unbound.ext -out unbound.pem
                        """, directory.toString(), NAME).run();
    }

    /** The queries it has received so far, as {@code 192.0.2.2 example.org. A IN}. */
    public List<String> queries() throws IOException {
        return (process.out() + process.err())
                .lines()
                .filter(line -> line.contains("] info: ") && line.endsWith(" IN"))
                .map(line -> line.substring(line.indexOf("] info: ") + "] info: ".length()))
                .toList();
    }
}

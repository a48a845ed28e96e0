// SPDX-License-Identifier: Apache-2.0
package sluice.dns;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sluice.testkit.Await;
import sluice.testkit.Dnsmasq;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;

/** Servers that others have written: unbound over UDP, TCP, TLS and HTTPS, dnsmasq over UDP and TCP. */
@KernelTest
class RealServersKernelTest {
    private static final World.Client UDP = new World.Client(null, false);
    private static final World.Client TCP = new World.Client(null, true);
    private static final int RECORDS = 90;

    private static Path certificate(Lab lab) throws Exception {
        lab.here()
                .command(
                        "openssl",
                        "req",
                        "-x509",
                        "-newkey",
                        "ec",
                        "-pkeyopt",
                        "ec_paramgen_curve:prime256v1",
                        "-nodes",
                        "-days",
                        "2",
                        "-subj",
                        "/CN=dns.example",
                        "-addext",
                        "subjectAltName=DNS:dns.example",
                        "-keyout",
                        lab.directory().resolve("key.pem").toString(),
                        "-out",
                        lab.directory().resolve("cert.pem").toString())
                .run();
        return lab.directory().resolve("cert.pem");
    }

    /** Starts unbound with a name for each family, one with many addresses, and a text that is long. */
    private static Path unbound(Lab lab) throws Exception {
        var certificate = certificate(lab);
        var data = new StringBuilder();
        for (int i = 1; i <= RECORDS; i++) {
            data.append("  local-data: \"many.example.org. 300 IN A 192.0.2.")
                    .append(i)
                    .append("\"\n");
        }
        var configuration = """
                server:
                  interface: 127.0.0.1@5353
                  interface: 127.0.0.1@8853
                  interface: 127.0.0.1@8443
                  tls-port: 8853
                  https-port: 8443
                  tls-service-key: "%1$s/key.pem"
                  tls-service-pem: "%1$s/cert.pem"
                  chroot: ""
                  username: ""
                  directory: "%1$s"
                  pidfile: "%1$s/unbound.pid"
                  use-syslog: no
                  logfile: ""
                  verbosity: 1
                  do-daemonize: no
                  access-control: 127.0.0.0/8 allow
                  num-threads: 1
                  local-zone: "org." static
                  local-data: "org. 300 IN SOA ns.org. admin.org. 1 2 3 4 60"
                  local-data: "www.example.org. 300 IN A 192.0.2.80"
                  local-data: "www.example.org. 300 IN AAAA 2001:db8::80"
                  local-data: "www.example.org. 300 IN HTTPS 1 . alpn=h2"
                %2$s
                remote-control:
                  control-enable: no
                """.formatted(lab.directory(), data);
        var file = lab.file("unbound.conf", configuration);
        lab.here()
                .command("unbound", "-d", "-p", "-c", file.toString())
                .start()
                .awaitOutput("start of service", Await.SOON);
        return certificate;
    }

    private static World world(Lab lab, String servers) throws Exception {
        var directory = Files.createDirectories(lab.directory().resolve("state"));
        return new World(directory, "{mode: real, servers: [" + servers + "]}");
    }

    private static String server(String scheme, Path certificate) {
        String secure = "address: [127.0.0.1], ca: '" + certificate + "', ";
        return switch (scheme) {
            case "tls" -> "{" + secure + "url: 'tls://dns.example:8853'}";
            case "https" -> "{" + secure + "url: 'https://dns.example:8443/dns-query'}";
            default -> "'" + scheme + "://127.0.0.1:5353'";
        };
    }

    @ParameterizedTest
    @ValueSource(strings = {"udp", "tcp", "tls", "https"})
    void unboundAnswersOverEveryTransport(String scheme, Lab lab) throws Exception {
        var certificate = unbound(lab);
        try (var world = world(lab, server(scheme, certificate))) {
            assertThat(world.ask("www.example.org", "A").addresses()).containsExactly("192.0.2.80");
            assertThat(world.ask("www.example.org", "AAAA").addresses()).containsExactly("2001:db8:0:0:0:0:0:80");
            assertThat(world.ask("www.example.org", "HTTPS").records()).hasSize(1);
            assertThat(world.ask("nobody.example.org", "A").rcode()).isEqualTo(3);
            assertThat(world.ask(TCP, Messages.query(1, "many.example.org", "A"))
                            .addresses())
                    .hasSize(RECORDS);
            assertThat(world.ask("many.example.org", "A").truncated()).isTrue();
            assertThat(world.count(DnsCounter.NOT_ANSWERED)).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tls", "https"})
    void oneConnectionCarriesManyQueriesAtOnce(String scheme, Lab lab) throws Exception {
        var certificate = unbound(lab);
        try (var world = world(lab, server(scheme, certificate))) {
            var answers = new ArrayList<CompletableFuture<byte[]>>();
            for (int i = 0; i < 60; i++) {
                answers.add(world.send(UDP, Messages.query(i, "host-" + i + ".example.org", "A")));
            }
            for (var answer : answers) {
                assertThat(Messages.read(answer.get(World.LIMIT.toSeconds(), TimeUnit.SECONDS))
                                .rcode())
                        .isEqualTo(3);
            }
            assertThat(world.network.connections()).isOne();
        }
    }

    @Test
    void aCertificateForAnotherNameIsNotBelieved(Lab lab) throws Exception {
        var certificate = unbound(lab);
        try (var world =
                world(lab, "{address: [127.0.0.1], ca: '" + certificate + "', url: 'tls://other.example:8853'}")) {
            assertThat(world.ask("www.example.org", "A").rcode()).isEqualTo(2);
        }
    }

    @Test
    void aServerThatSpeaksNoHttpIsNoDnsOverHttps(Lab lab) throws Exception {
        var certificate = unbound(lab);
        try (var world = world(
                lab, "{address: [127.0.0.1], ca: '" + certificate + "', url: 'https://dns.example:8853/dns-query'}")) {
            assertThat(world.ask("www.example.org", "A").rcode()).isEqualTo(2);
        }
    }

    @Test
    void dnsmasqAnswersAndTheNextServerTakesOverWhenItEnds(Lab lab) throws Exception {
        var certificate = unbound(lab);
        var dnsmasq =
                Dnsmasq.start(lab.here(), List.of("127.0.0.1"), 5454, Map.of("example.org", "198.51.100.7"), null);
        try (var world = world(lab, "'udp://127.0.0.1:5454', " + server("https", certificate))) {
            assertThat(world.ask("www.example.org", "A").addresses()).containsExactly("198.51.100.7");
            dnsmasq.process().close();
            world.dns().flushCache();
            assertThat(world.ask("www.example.org", "A").addresses()).containsExactly("192.0.2.80");
        }
    }
}

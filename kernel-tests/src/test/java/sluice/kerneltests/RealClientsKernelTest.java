// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import sluice.testkit.Await;
import sluice.testkit.Internet;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;

/** Programs that know nothing of Sluice, straight out and through proxies that ask for a password. */
@KernelTest
@Timeout(600)
class RealClientsKernelTest {
    private static final String POLICY =
            """
            bypass: [127.0.0.0/8, '::1']
            engine: {udp-timeout: 1s}
            outbounds:
              socks: {type: socks5, server: "%1$s:%2$d", username: %4$s, password: %4$s}
              http: {type: http, server: "%1$s:%3$d", username: %4$s, password: %4$s}
            rules:
              - {match: ^/direct$, proxy: direct}
              - {match: ^/socks$, proxy: socks}
              - {match: ^/http$, proxy: http}
            """.formatted(Internet.OTHER4, RealServers.SOCKS, RealServers.HTTP_PROXY, RealServers.USER);
    private static final List<String> WAYS = List.of("direct", "socks", "http");
    private static final List<String> ADDRESSES = List.of(Internet.SERVER4, Internet.SERVER6);
    private static final String FETCH = """
            import java.net.URI;
            import java.net.http.*;
            import java.security.MessageDigest;
            import java.util.HexFormat;

            public class Fetch {
                public static void main(String[] arguments) throws Exception {
                    try (var client = HttpClient.newHttpClient()) {
                        var request = HttpRequest.newBuilder(URI.create(arguments[0])).build();
                        var body = client.send(request, HttpResponse.BodyHandlers.ofByteArray()).body();
                        System.out.println(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(body)));
                    }
                }
            }
            """;

    private static Lab world;
    private static Machine machine;
    private static SluiceDaemon daemon;
    private static RealServers servers;

    /**
     * A program that gets the web server's file and prints its SHA-256, or something that ends with the repository's commit.
     *
     * @param words with {@code URL}, {@code HOST} and {@code DIR} in them
     */
    record Client(String name, List<String> words) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static final List<Client> CLIENTS = List.of(
            new Client("curl", List.of("sh", "-c", "curl -gfsS -m 20 \"$0\" | sha256sum", "URL/file")),
            new Client("wget", List.of("sh", "-c", "wget -q -T 20 -t 1 -O - \"$0\" | sha256sum", "URL/file")),
            new Client("Python", List.of("python3", "-c", """
                    import hashlib, sys, urllib.request
                    body = urllib.request.urlopen(sys.argv[1], timeout=20).read()
                    print(hashlib.sha256(body).hexdigest())
                    """, "URL/file")),
            new Client(
                    "HttpClient",
                    List.of(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-XX:TieredStopAtLevel=1",
                            "DIR/Fetch.java",
                            "URL/file")),
            new Client("git over http", clone("URL/repository.git")),
            new Client("git over ssh", clone("ssh://root@HOST:" + RealServers.SSH + "DIR/web/repository.git")));

    private static List<String> clone(String from) {
        return List.of("sh", "-euc", """
                clone=$(mktemp -d -p DIR)
                git clone -q "$0" "$clone"
                sha256sum <"$clone/file"
                """, from);
    }

    @BeforeAll
    static void start(Lab lab) throws Exception {
        world = lab;
        machine = Machine.with(lab, WAYS.toArray(String[]::new));
        servers = RealServers.start(lab);
        lab.file("Fetch.java", FETCH);
        daemon = machine.apply(POLICY);
    }

    @AfterAll
    static void stop() throws IOException {
        machine.close();
    }

    static Stream<Arguments> everywhere() {
        return CLIENTS.stream()
                .flatMap(client ->
                        WAYS.stream().flatMap(way -> ADDRESSES.stream().map(to -> Arguments.of(client, way, to))));
    }

    @ParameterizedTest
    @MethodSource("everywhere")
    void getsWhatTheServerHas(Client client, String way, String address) throws Exception {
        int port = client.name.endsWith("ssh") ? RealServers.SSH : RealServers.WEB;
        long before = flows(way, address, port);
        assertThat(run(way, address, client.words))
                .startsWith(sha256(servers.directory().resolve("file")));
        awaitMoreFlows(before, way, address, port);
    }

    static Stream<Arguments> waysAndAddresses() {
        return WAYS.stream().flatMap(way -> ADDRESSES.stream().map(to -> Arguments.of(way, to)));
    }

    @ParameterizedTest
    @MethodSource("waysAndAddresses")
    void iperfMeasuresBothDirections(String way, String address) throws Exception {
        var port = Integer.toString(RealServers.IPERF);
        long before = flows(way, address, RealServers.IPERF);
        for (var direction : List.of("--parallel=2", "--reverse")) {
            var measure = List.of("iperf3", "-c", address, "-p", port, "-t", "1", direction);
            // Its server serves one after the other, and needs a moment for the end of the last one.
            Await.until(
                    "a measurement",
                    Await.SOON,
                    () -> run(way, address, measure).contains("receiver"));
        }
        awaitMoreFlows(before, way, address, RealServers.IPERF);
    }

    @ParameterizedTest
    @MethodSource("waysAndAddresses")
    void digAsksOverTcp(String way, String address) throws Exception {
        long before = flows(way, address, RealServers.DNS);
        assertThat(dig(way, address, "+tcp")).isEqualTo(RealServers.NAME_ADDRESS + "\n");
        awaitMoreFlows(before, way, address, RealServers.DNS);
    }

    @ParameterizedTest
    @ValueSource(strings = {Internet.SERVER4, Internet.SERVER6})
    void digAndChronyAskOverUdp(String address) throws Exception {
        long before = flows("direct", address, RealServers.DNS);
        assertThat(dig("direct", address, "+notcp")).isEqualTo(RealServers.NAME_ADDRESS + "\n");
        awaitMoreFlows(before, "direct", address, RealServers.DNS);
        var pidFile = world.directory().resolve("asking.pid");
        var asked = machine.in(
                        "direct",
                        "chronyd",
                        "-Q",
                        "-t",
                        "8",
                        "-u",
                        "root",
                        "pidfile " + pidFile,
                        "cmdport 0",
                        "bindcmdaddress /",
                        "server " + address + " iburst")
                .attempt();
        assertThat(asked.out() + asked.err()).contains("System clock wrong by");
        awaitMoreFlows(0, "direct", address, RealServers.TIME);
    }

    private static String dig(String way, String address, String transport) throws IOException {
        var port = Integer.toString(RealServers.DNS);
        return run(way, address, List.of("dig", "+short", transport, "@" + address, "-p", port, RealServers.NAME));
    }

    private static String run(String way, String address, List<String> words) throws IOException {
        var host = address.contains(":") ? "[" + address + "]" : address;
        var directory = world.directory().toString();
        var line = words.stream()
                .map(word -> word.replace("URL", "http://HOST:" + RealServers.WEB)
                        .replace("HOST", host)
                        .replace("DIR", directory))
                .toArray(String[]::new);
        return machine.in(way, line)
                .with("HOME", directory)
                .with(
                        "GIT_SSH_COMMAND",
                        "ssh -i " + directory + "/key -o BatchMode=yes -o StrictHostKeyChecking=no"
                                + " -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR")
                .run()
                .out();
    }

    /** Lines of the access log, the engine's own word that these were its flows. */
    private static long flows(String way, String address, int port) throws IOException {
        var host = address.contains(":") ? "[" + address + "]" : address;
        return daemon.log()
                .lines()
                .filter(line -> line.contains(" outbound=" + way + " ")
                        && line.contains(" destination=" + host + ":" + port + " "))
                .count();
    }

    private static void awaitMoreFlows(long before, String way, String address, int port) {
        Await.until(
                "a flow to " + address + " port " + port + " through " + way,
                Machine.SOON,
                () -> flows(way, address, port) > before);
    }

    private static String sha256(Path file) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
    }
}

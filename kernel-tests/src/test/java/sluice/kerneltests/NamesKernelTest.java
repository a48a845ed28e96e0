// SPDX-License-Identifier: Apache-2.0
package sluice.kerneltests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import sluice.testkit.CProgram;
import sluice.testkit.Internet;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;
import sluice.testkit.PacketCounter;

/** Programs of all kinds find names and connect by them, through a SOCKS5 proxy, and tell nobody on the way. */
@KernelTest
@Timeout(600)
class NamesKernelTest {
    private static final String FETCH = """
            import java.net.InetAddress;
            import java.net.URI;

            public class Fetch {
                public static void main(String[] arguments) throws Exception {
                    for (var address : InetAddress.getAllByName(arguments[0])) {
                        System.out.println(address.getHostAddress());
                    }
                    try (var page = URI.create("http://" + arguments[0] + "/").toURL().openStream()) {
                        System.out.write(page.readAllBytes());
                        System.out.flush();
                    }
                }
            }
            """;

    private static NameWorld world;
    private static PacketCounter escaped;

    /** A program that prints the addresses of a name, or what the web server behind it says, or both. */
    record Client(String name, List<String> words) {
        String[] asking(String host) {
            return words.stream().map(word -> word.replace("HOST", host)).toArray(String[]::new);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    private static List<Client> clients() throws IOException {
        return List.of(
                new Client("curl", List.of("curl", "-sS", "-m", "20", "http://HOST/")),
                new Client("curl -4", List.of("curl", "-4", "-sS", "-m", "20", "http://HOST/")),
                new Client(
                        "Java",
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java")
                                        .toString(),
                                "-XX:TieredStopAtLevel=1",
                                world.lab().directory().resolve("Fetch.java").toString(),
                                "HOST")),
                new Client(
                        "glibc",
                        List.of(
                                CProgram.of(NamesKernelTest.class, "fetch")
                                        .executable()
                                        .toString(),
                                "HOST")),
                new Client(
                        "musl",
                        List.of(
                                CProgram.withMusl(NamesKernelTest.class, "fetch")
                                        .executable()
                                        .toString(),
                                "HOST")));
    }

    @BeforeAll
    static void start(Lab lab) throws Exception {
        world = NameWorld.open(lab);
        lab.file("Fetch.java", FETCH);
        escaped = world.escaped();
    }

    @AfterAll
    static void stop() throws IOException {
        world.close();
    }

    private static SluiceDaemon fakes() throws IOException {
        return world.machine().apply(world.configuration("mode: fake-ip"));
    }

    /** Servers are reached through the proxy, in TLS. */
    private static SluiceDaemon real() throws IOException {
        return world.machine()
                .apply(world.configuration(
                        "mode: real, servers: [{url: 'tls://dns.example', outbound: office, address: [%s], ca: %s}]"
                                .formatted(Internet.SERVER4, world.unbound().authority())));
    }

    static Stream<Arguments> modesAndClients() throws IOException {
        return Stream.of("fake-ip", "real").flatMap(mode -> {
            try {
                return clients().stream().map(client -> Arguments.of(mode, client));
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    @ParameterizedTest
    @MethodSource("modesAndClients")
    void proxiedProgramsConnectByNameAndAskNobody(String mode, Client client) throws Exception {
        if (mode.equals("real")) {
            real();
        } else {
            fakes();
        }
        assertThat(world.in("proxied", client.asking(NameWorld.WEB)).run().out())
                .contains("web from " + Internet.OTHER4 + " ");
        assertThat(world.in("other", client.asking(NameWorld.WEB)).run().out())
                .contains("web from " + Internet.MACHINE4 + " ");
        assertThat(escaped.packets())
                .as("packets to port 53 that left the machine")
                .isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"+notcp", "+tcp"})
    void answersComeFromWhomeverWasAskedAndTheResolverOfOthersStaysWhereItIs(String transport) throws Exception {
        fakes();
        for (var server : List.of(
                NameWorld.STUB, "::1", "127.0.0.1", Internet.SERVER4, Internet.SERVER6, Internet.OTHER4, "192.0.2.1")) {
            assertThat(world.dig("proxied", server, transport, NameWorld.WEB))
                    .as(server)
                    .startsWith("198.18.");
            assertThat(world.dig("proxied", server, transport, "AAAA", NameWorld.WEB))
                    .as(server)
                    .startsWith("fd00:5315::");
        }
        assertThat(escaped.packets()).isZero();
        int before = world.local().queries().size();
        assertThat(world.dig("other", NameWorld.STUB, transport, NameWorld.LOCAL))
                .isEqualTo(NameWorld.LOCAL_ADDRESS);
        assertThat(world.local().queries()).hasSize(before + 1);
    }

    @Test
    void getentFindsBothFamiliesAndTheNameOfAnAddress() throws Exception {
        fakes();
        var found = world.in("proxied", "getent", "ahosts", NameWorld.WEB).run().out();
        assertThat(found).contains("198.18.", "fd00:5315::");
        var address = world.dig("proxied", NameWorld.STUB, NameWorld.WEB);
        assertThat(world.in("proxied", "getent", "hosts", address).run().out()).endsWith(NameWorld.WEB + "\n");
        assertThat(world.in("other", "getent", "ahosts", NameWorld.LOCAL).run().out())
                .contains(NameWorld.LOCAL_ADDRESS);
    }

    @Test
    void aNameThatOnlyTheProxyKnowsIsReachedAndShown() throws Exception {
        var daemon = fakes();
        assertThat(world.page("proxied", NameWorld.HIDDEN)).startsWith("web from " + Internet.OTHER4 + " ");
        daemon.awaitLog(" host=" + NameWorld.HIDDEN + " ", Machine.SOON);
        assertThat(daemon.log())
                .containsPattern(" destination=\\S+ host=" + NameWorld.HIDDEN + " target=office outbound=office ");
        assertThat(escaped.packets()).isZero();
    }

    @Test
    void otherTypesAreForwardedAsTheyAre() throws Exception {
        real();
        assertThat(world.dig("proxied", NameWorld.STUB, "AAAA", "six.web.example"))
                .isEqualTo(Internet.SERVER6);
        assertThat(world.dig("proxied", NameWorld.STUB, NameWorld.WEB)).isEqualTo(Internet.SERVER4);
        assertThat(world.machine()
                        .in("proxied", "dig", "+tries=1", "@" + NameWorld.STUB, "nothing.example")
                        .run()
                        .out())
                .contains("status: NXDOMAIN");
        assertThat(world.dig("proxied", NameWorld.STUB, "localhost")).isEqualTo("127.0.0.1");
    }
}

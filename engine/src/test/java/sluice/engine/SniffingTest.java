// SPDX-License-Identifier: Apache-2.0
package sluice.engine;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.SocketException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import sluice.engine.flow.FlowEnd;
import sluice.rules.DomainList;
import sluice.rules.EngineSettings;
import sluice.rules.Marks;
import sluice.rules.Protocol;
import sluice.rules.Route;
import sluice.rules.Sniffing;

@Timeout(200)
class SniffingTest {
    /** Where the client says nothing, or the server first. */
    private static final Duration SHORT = Duration.ofMillis(50);

    private final Rig rig = Rig.loopback();

    SniffingTest() throws IOException {}

    @AfterEach
    void close() throws IOException {
        rig.close();
    }

    /** Has flows whose first bytes are of this protocol take this outbound. */
    private void route(Protocol protocol, String outbound) throws IOException {
        route(protocol, outbound, Rig.SOON.multipliedBy(10));
    }

    private void route(Protocol protocol, String outbound, Duration timeout) throws IOException {
        var route = new Route(
                0,
                null,
                null,
                List.of(),
                Route.Network.ANY,
                Set.of(protocol),
                List.of(),
                List.of(),
                outbound,
                Optional.empty());
        rig.engine.apply(new EngineConfiguration(
                Set.of("direct"), Map.of(), List.of(route), new Marks(-1, 0, 0), settings(timeout)));
    }

    private static EngineSettings settings(Duration sniffing) {
        var usual = EngineSettings.DEFAULT;
        return new EngineSettings(
                usual.connectTimeout(),
                usual.idleTimeout(),
                usual.halfCloseTimeout(),
                usual.udpTimeout(),
                0,
                0,
                true,
                new Sniffing(true, false, sniffing, List.of(), DomainList.of()),
                false);
    }

    @Test
    void aRequestInPiecesIsRecognisedAndArrivesWhole() throws Exception {
        route(Protocol.HTTP, "direct");
        rig.server(connection -> connection.getInputStream().transferTo(connection.getOutputStream()));
        var request = "GET / HTTP/1.1\r\nHost: example.org\r\n\r\n";
        try (var client = rig.connect()) {
            for (var piece : List.of("G", "ET / HTTP/1.1\r\nHo", "st: example.org\r\n\r\n")) {
                client.getOutputStream().write(piece.getBytes(US_ASCII));
            }
            client.shutdownOutput();
            assertThat(client.getInputStream().readAllBytes()).asString().isEqualTo(request);
        }
        var flow = rig.ended(1);
        assertThat(flow.path().route()).isZero();
        assertThat(flow.destination().name()).isEqualTo("example.org");
        assertThat(flow.sent()).isEqualTo(request.length());
    }

    @Test
    void theFirstBytesDecide() throws Exception {
        route(Protocol.HTTP, "block");
        rig.server(connection -> connection.getInputStream().transferTo(connection.getOutputStream()));
        try (var client = rig.connect()) {
            client.getOutputStream().write("GET / HTTP/1.1\r\nHost: example.org\r\n\r\n".getBytes(US_ASCII));
            assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketException.class);
        }
        assertThat(rig.end()).isEqualTo(FlowEnd.BLOCKED);
    }

    @Test
    void aServerThatSpeaksFirstIsHeard() throws Exception {
        route(Protocol.HTTP, "block", SHORT);
        rig.server(connection -> connection.getOutputStream().write("220 ready".getBytes(US_ASCII)));
        assertGreeted();
        assertThat(rig.end()).isEqualTo(FlowEnd.FINISHED);
    }

    private void assertGreeted() throws IOException {
        try (var client = rig.connect()) {
            assertThat(client.getInputStream().readAllBytes()).asString().isEqualTo("220 ready");
        }
    }

    @Test
    void aServerThatSpokeFirstIsNotKeptWaitingAgain() throws Exception {
        route(Protocol.HTTP, "block", SHORT);
        rig.server(connection -> connection.getOutputStream().write("220 ready".getBytes(US_ASCII)));
        assertGreeted();
        // Longer than the client of this test waits.
        route(Protocol.HTTP, "block");
        assertGreeted();
    }

    @Test
    void aClientThatSpeaksFirstIsLookedIntoAgainWhateverTheServerDidBefore() throws Exception {
        route(Protocol.HTTP, "block", SHORT);
        rig.server(connection -> {
            connection.getOutputStream().write("220 ready".getBytes(US_ASCII));
            connection.getInputStream().transferTo(connection.getOutputStream());
        });
        try (var client = rig.connect()) {
            assertThat(client.getInputStream().readNBytes(9)).asString().isEqualTo("220 ready");
        }
        rig.ended(1);
        // A server without a greeting is at the same place now.
        rig.replace(connection -> connection.getInputStream().transferTo(connection.getOutputStream()));
        try (var client = rig.connect()) {
            client.getOutputStream().write("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n".getBytes(US_ASCII));
            assertThat(client.getInputStream().read()).isEqualTo('G');
        }
        rig.ended(2);
        route(Protocol.HTTP, "block");
        try (var client = rig.connect()) {
            client.getOutputStream().write("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n".getBytes(US_ASCII));
            assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketException.class);
        }
    }

    @Test
    void aClientThatFinishesWithoutAWordIsServed() throws Exception {
        route(Protocol.HTTP, "block");
        rig.server(connection -> {
            connection.getInputStream().readAllBytes();
            connection.getOutputStream().write('x');
        });
        try (var client = rig.connect()) {
            client.shutdownOutput();
            assertThat(client.getInputStream().readAllBytes()).asString().isEqualTo("x");
        }
    }

    @Test
    void aClientThatResetsBeforeItsFirstByteEndsTheFlow() throws Exception {
        route(Protocol.HTTP, "block");
        rig.nobody();
        var client = rig.connect();
        client.setSoLinger(true, 0);
        client.close();
        assertThat(rig.end()).isEqualTo(FlowEnd.CLIENT_RESET);
    }
}

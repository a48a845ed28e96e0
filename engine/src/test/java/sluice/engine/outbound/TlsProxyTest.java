// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sluice.engine.flow.Destination;
import sluice.engine.flow.FlowEnd;
import sluice.engine.flow.Owner;
import sluice.engine.park.Deadline;
import sluice.testkit.Await;

class TlsProxyTest {
    private static final int SEED = 31;

    @TempDir
    static Path directory;

    private static Certificates certificates;

    @BeforeAll
    static void makeCertificates() throws IOException {
        certificates = Certificates.make(directory);
    }

    private static FakeServer tlsProxy(FakeServer.Script script, String... protocols) throws Exception {
        return FakeServer.start(certificates.listener(protocols), script);
    }

    private static void establish(FakeServer.Conversing peer) throws IOException {
        peer.header();
        peer.text("HTTP/1.1 200 OK\r\n\r\n");
    }

    private static String http(FakeServer proxy, String more) {
        return "p: {type: http, server: " + proxy.server() + ", tls: {ca: " + certificates.authority() + more + "}}";
    }

    private static SecureStream secure(Upstream upstream) {
        return ((Upstream.Encrypted) upstream).stream();
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void muchPassesBothWaysAndEachWayEndsForItself(String protocol) throws Exception {
        int total = 3_000_000;
        // Whoever hears the end before TLS 1.3 has to end too, at once (RFC 5246, section 7.2.1).
        boolean halfCloses = protocol.equals("TLSv1.3");
        try (var proxy = tlsProxy(
                        peer -> {
                            establish(peer);
                            var all = peer.in().readNBytes(total);
                            if (halfCloses) {
                                peer.note("ended " + (peer.in().read() < 0));
                            }
                            peer.out().write(all);
                        },
                        protocol);
                var world = World.of(http(proxy, ""))) {
            int before = World.openSockets();
            var matches = world.await(() -> {
                try (var stream = secure(world.dial("p"))) {
                    var bytes = ByteBuffer.allocate(total);
                    for (int i = 0; i < total; i++) {
                        bytes.put(i, (byte) (i * SEED));
                    }
                    stream.write(bytes, Deadline.in(World.LONG));
                    if (halfCloses) {
                        stream.shutdownWrite(Deadline.in(World.LONG));
                    }
                    var back = ByteBuffer.allocateDirect(total + 1);
                    int step = 1;
                    while (stream.read(
                                    back.limit(Math.min(back.capacity(), back.position() + step)),
                                    Deadline.in(World.LONG))
                            > 0) {
                        // Small and large reads: a record may come in parts.
                        step = step * 3 % 50_000 + 1;
                    }
                    return back.position() == total && back.flip().equals(bytes.clear());
                }
            });
            assertThat(matches).isTrue();
            assertThat(proxy.heard).isEqualTo(halfCloses ? List.of("ended true") : List.of());
            World.awaitSockets(before);
        }
    }

    @Test
    void theProxyIsAskedForByNameAndItsCertificateMustBeForIt() throws Exception {
        FakeServer.Script script = peer -> {
            var session = (ExtendedSSLSession) ((SSLSocket) peer.socket()).getSession();
            peer.note(session.getRequestedServerNames().toString());
            establish(peer);
            peer.echo();
        };
        try (var proxy = tlsProxy(script, "TLSv1.3");
                var world = World.of(
                        http(proxy, ", sni: proxy.example"),
                        "n: {type: http, server: \"proxy.example:" + proxy.port() + "\", tls: {ca: "
                                + certificates.authority() + "}}",
                        "w: {type: http, server: " + proxy.server() + ", tls: {ca: " + certificates.authority()
                                + ", sni: other.example}}",
                        "s: {type: http, server: " + proxy.server() + ", tls: true}")) {
            world.hosts.put("proxy.example", List.of(InetAddress.ofLiteral("127.0.0.1")));
            assertThat(world.talk(world.dial("p"), "sni", 3)).isEqualTo("sni");
            assertThat(world.talk(world.dial("n"), "name", 4)).isEqualTo("name");
            assertThat(proxy.heard).hasSize(2).allMatch(names -> names.contains("proxy.example"));
            int before = World.openSockets();
            assertThatThrownBy(() -> world.dial("w"))
                    .isInstanceOfSatisfying(
                            DialException.class, e -> assertThat(e.reason()).isEqualTo(FlowEnd.PROXY_FAILED))
                    .hasMessageContaining("other.example");
            assertThatThrownBy(() -> world.dial("s"))
                    .isInstanceOfSatisfying(
                            DialException.class, e -> assertThat(e.reason()).isEqualTo(FlowEnd.PROXY_FAILED))
                    .hasMessageContaining("certification path");
            World.awaitSockets(before);
        }
    }

    @Test
    void aFileWithoutCertificatesIsNamedAndNothingChanges() throws Exception {
        try (var world = World.of("p: {type: block}")) {
            assertThatThrownBy(() -> world.with("p: {type: http, server: \"192.0.2.1:443\", tls: {ca: "
                            + directory.resolve("none.pem") + "}}"))
                    .hasMessageContaining("read the certificates of outbound p from " + directory.resolve("none.pem")
                            + ": no such file; ca names a file with certificates in PEM form");
            assertThatThrownBy(() -> world.with("p: {type: http, server: \"192.0.2.1:443\", tls: {ca: "
                            + directory.resolve("names") + "}}"))
                    .hasMessageContaining("not a certificate");
            assertThat(world.way("p")).isInstanceOf(Way.Refused.class);
        }
    }

    @Test
    void aServerWithoutTlsAndOneThatHangsAreRefused() throws Exception {
        try (var plain = FakeServer.start(peer -> {
                    peer.text("HTTP/1.1 400 Bad Request\r\n\r\n");
                    peer.awaitEnd();
                });
                var silent = FakeServer.start(FakeServer.Conversing::awaitEnd);
                var closing = FakeServer.start(peer -> peer.next(5));
                var large = FakeServer.start(peer -> {
                    peer.next(5);
                    peer.hex("16 03 03 ff ff");
                    peer.out().write(new byte[70_000]);
                    peer.awaitEnd();
                });
                var world = World.of(
                        http(plain, ""),
                        http(silent, "").replace("p:", "q:"),
                        http(closing, "").replace("p:", "r:"),
                        http(large, "").replace("p:", "s:"))) {
            int before = World.openSockets();
            for (var name : List.of("p", "r", "s")) {
                assertThatThrownBy(() -> world.dial(name))
                        .as(name)
                        .isInstanceOfSatisfying(
                                DialException.class, e -> assertThat(e.reason()).isEqualTo(FlowEnd.PROXY_FAILED));
            }
            assertThatThrownBy(() ->
                            world.dial("q", new Destination(World.ELSEWHERE), Owner.UNKNOWN, Duration.ofMillis(200)))
                    .isInstanceOfSatisfying(
                            DialException.class, e -> assertThat(e.reason()).isEqualTo(FlowEnd.CONNECT_TIMEOUT));
            World.awaitSockets(before);
        }
    }

    @Test
    void recordsThatHoldNothingAreNotWaitedOut() throws Exception {
        try (var flooding = FakeServer.start(peer -> {
                    peer.next(5);
                    while (true) {
                        // Alerts of the kind user_canceled, which mean nothing by themselves (RFC 5246, section 7.2.2).
                        peer.hex("15 0303 0002 01 5a".repeat(5000));
                    }
                });
                var world = World.of(http(flooding, ""))) {
            int before = World.openSockets();
            assertThatThrownBy(() -> world.dial("p"))
                    .isInstanceOfSatisfying(
                            DialException.class, e -> assertThat(e.reason()).isEqualTo(FlowEnd.PROXY_FAILED))
                    .hasMessageEndingWith("more than 128 records in a row without content");
            World.awaitSockets(before);
        }
    }

    @Test
    void recordsThatComeByteByByteAndEarlyBytesArriveWhole() throws Exception {
        try (var proxy = tlsProxy(
                        peer -> {
                            peer.header();
                            peer.text("HTTP/1.1 200 OK\r\n\r\n220 ready");
                            peer.echo();
                        },
                        "TLSv1.3");
                var dripping = FakeServer.start(peer -> drip(peer, proxy.port()));
                var world = World.of(http(dripping, ""))) {
            assertThat(world.talk(world.dial("p"), "!", 10)).isEqualTo("220 ready!");
        }
    }

    /** Carries bytes to the other server as they come, and back one by one. */
    private static void drip(FakeServer.Conversing peer, int port) throws IOException {
        try (var other = new Socket(InetAddress.getLoopbackAddress(), port)) {
            var there = Thread.ofPlatform().daemon().start(() -> {
                try {
                    peer.in().transferTo(other.getOutputStream());
                } catch (IOException e) {
                    // The other direction ends it.
                }
            });
            other.setTcpNoDelay(true);
            OutputStream back = peer.out();
            for (int next = other.getInputStream().read();
                    next >= 0;
                    next = other.getInputStream().read()) {
                back.write(next);
                back.flush();
            }
            there.interrupt();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void anEndWithoutCloseNotifyIsCutOff(String protocol) throws Exception {
        try (var proxy = tlsProxy(
                        peer -> {
                            establish(peer);
                            peer.text("part");
                            peer.note("sent");
                            peer.awaitEnd();
                        },
                        protocol);
                var cutting = FakeServer.start(peer -> cutOffWhen(peer, proxy));
                var world = World.of(http(cutting, ""))) {
            var stream = secure(world.dial("p"));
            assertThat(world.await(() -> read(stream))).isEqualTo("part");
            assertThat(stream.isCutOff()).isTrue();
            stream.close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void anEndWithCloseNotifyIsWhole(String protocol) throws Exception {
        try (var proxy = tlsProxy(
                        peer -> {
                            establish(peer);
                            peer.text("whole");
                        },
                        protocol);
                var world = World.of(http(proxy, ""))) {
            var stream = secure(world.dial("p"));
            assertThat(world.await(() -> read(stream))).isEqualTo("whole");
            assertThat(stream.isCutOff()).isFalse();
            stream.close();
        }
    }

    private static String read(SecureStream stream) throws IOException {
        var bytes = ByteBuffer.allocateDirect(20_000);
        while (stream.read(bytes, Deadline.in(World.LONG)) > 0) {
            // Until the end.
        }
        return StandardCharsets.US_ASCII.decode(bytes.flip()).toString();
    }

    /** Carries bytes to the server and back, and ends without a word of TLS when all that it sent has been carried. */
    private static void cutOffWhen(FakeServer.Conversing peer, FakeServer proxy) throws IOException {
        try (var other = new Socket(InetAddress.getLoopbackAddress(), proxy.port())) {
            var there = Thread.ofPlatform()
                    .daemon()
                    .start(() -> Await.ignoringFailure(() -> peer.in().transferTo(other.getOutputStream())));
            var back = other.getInputStream();
            boolean sent = false;
            while (!sent || back.available() > 0) {
                // What was sent before this was seen is there.
                sent = proxy.heard.contains("sent");
                peer.out().write(back.readNBytes(back.available()));
                Thread.onSpinWait();
            }
            there.interrupt();
        }
    }

    @Test
    void closingAndTimeEndAWait() throws Exception {
        try (var proxy = tlsProxy(
                        peer -> {
                            establish(peer);
                            peer.awaitEnd();
                        },
                        "TLSv1.3");
                var world = World.of(http(proxy, ""))) {
            int before = World.openSockets();
            var stream = secure(world.dial("p"));
            assertThatThrownBy(() ->
                            world.await(() -> stream.read(ByteBuffer.allocate(1), Deadline.in(Duration.ofMillis(50)))))
                    .hasRootCauseInstanceOf(SocketTimeoutException.class);
            var reading = new CompletableFuture<Integer>();
            world.parking.start("reader", () -> {
                try {
                    reading.complete(stream.read(ByteBuffer.allocate(1), Deadline.in(World.LONG)));
                } catch (IOException e) {
                    reading.completeExceptionally(e);
                }
            });
            stream.close();
            assertThatThrownBy(() -> reading.get(45, TimeUnit.SECONDS))
                    .hasCauseInstanceOf(ClosedChannelException.class);
            World.awaitSockets(before);
        }
    }

    @Test
    void chainsOfEveryMixCarryTheFlow() throws Exception {
        try (var socks = FakeServer.start(peer -> {
                    var request = peer.socksRequest().split(" ");
                    peer.note(request[1] + ":" + request[2]);
                    peer.hex("05 00 00 01 7f000001 1234");
                    if (request[1].equals("127.0.0.1")) {
                        peer.relayTo(Integer.parseInt(request[2]));
                    } else {
                        peer.echo();
                    }
                });
                var tls = tlsProxy(TlsProxyTest::relayOrEcho, "TLSv1.3", "TLSv1.2");
                var inner = tlsProxy(TlsProxyTest::relayOrEcho, "TLSv1.3");
                var world = World.of(
                        "s: {type: socks5, server: " + socks.server() + "}",
                        http(tls, "").replace("p:", "t:"),
                        "st: " + body(http(tls, "")).replace("}}", "}, via: s}"),
                        "ts: {type: socks5, server: " + socks.server() + ", via: t}",
                        "tt: " + body(http(inner, "")).replace("}}", "}, via: t}"),
                        "sts: {type: socks5, server: " + socks.server() + ", via: st}",
                        "g: {type: select, outbounds: [st]}",
                        "gs: {type: socks5, server: " + socks.server() + ", via: g}")) {
            int before = World.openSockets();
            for (var name : List.of("st", "ts", "tt", "sts", "gs")) {
                assertThat(world.talk(world.dial(name), "through " + name, 8 + name.length()))
                        .isEqualTo("through " + name);
            }
            assertThat(world.way("gs").outbounds()).containsExactly("gs", "g", "st", "s");
            assertThat(socks.heard).contains("127.0.0.1:" + tls.port(), "192.0.2.80:80");
            assertThat(tls.heard).contains("127.0.0.1:" + inner.port(), "127.0.0.1:" + socks.port());
            World.awaitSockets(before);
        }
    }

    private static String body(String outbound) {
        return outbound.substring(outbound.indexOf('{'));
    }

    private static void relayOrEcho(FakeServer.Conversing peer) throws IOException {
        var destination = peer.header().split(" ")[1];
        peer.note(destination);
        peer.text("HTTP/1.1 200 OK\r\n\r\n");
        int colon = destination.lastIndexOf(':');
        if (destination.startsWith("127.0.0.1")) {
            peer.relayTo(Integer.parseInt(destination.substring(colon + 1)));
        } else {
            peer.echo();
        }
    }

    @Test
    void aLinkOfTheChainThatFailsIsNamed() throws Exception {
        try (var refusing = FakeServer.start(peer -> {
                    peer.socksRequest();
                    peer.hex("05 05");
                });
                var world = World.of(
                        "outer: {type: socks5, server: " + refusing.server() + "}",
                        "inner: {type: http, server: \"192.0.2.9:3128\", via: outer}")) {
            int before = World.openSockets();
            assertThatThrownBy(() -> world.dial("inner"))
                    .isInstanceOfSatisfying(DialException.class, e -> {
                        assertThat(e.reason()).isEqualTo(FlowEnd.REFUSED);
                        assertThat(e.isAtDestination()).isFalse();
                    })
                    .hasMessage("outbound outer: the proxy could not reach 192.0.2.9:3128: connection refused");
            World.awaitSockets(before);
        }
    }
}

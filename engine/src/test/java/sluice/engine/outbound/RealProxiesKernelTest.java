// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sluice.engine.flow.Destination;
import sluice.engine.flow.FlowEnd;
import sluice.engine.flow.Owner;
import sluice.engine.flow.Transport;
import sluice.engine.park.Deadline;
import sluice.linux.InetEndpoint;
import sluice.linux.SocketConstants;
import sluice.rules.Marks;
import sluice.testkit.Await;
import sluice.testkit.Background;
import sluice.testkit.Dnsmasq;
import sluice.testkit.Haproxy;
import sluice.testkit.Internet;
import sluice.testkit.KernelTest;
import sluice.testkit.Lab;
import sluice.testkit.Namespace;

/** Proxies that people use, in an internet of their own. */
@KernelTest
class RealProxiesKernelTest {
    private static final String PROXY = Internet.SERVER4;
    private static final String PROXY6 = Internet.SERVER6;
    private static final InetEndpoint WEB = endpoint(Internet.OTHER4, 80);
    private static final InetEndpoint WEB6 = endpoint(Internet.OTHER6, 80);
    private static final String GET = "GET / HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n";
    private static final int SOCKS = 1080;
    private static final int DANTE = 1081;
    private static final int HTTP = 3128;
    private static final int HTTPS = 3129;

    private Namespace internet;

    private static InetEndpoint endpoint(String address, int port) {
        return new InetEndpoint(InetAddress.ofLiteral(address), port);
    }

    @BeforeEach
    void startWeb(Lab lab) throws IOException {
        internet = lab.internet().namespace();
        Haproxy.web(internet, "web", 80);
    }

    private void awaitListener(Background process, int port) {
        Await.until("a listener on port " + port, World.LONG, () -> {
            if (!process.alive()) {
                throw new AssertionError(process.out() + process.err());
            }
            return !internet.run("ss", "-H", "-l", "-n", "-t", "sport = :" + port)
                    .out()
                    .isBlank();
        });
    }

    private Background started(int port, String... words) throws IOException {
        var process = internet.command(words).start();
        awaitListener(process, port);
        return process;
    }

    private Background microsocks(String... more) throws IOException {
        var words = new java.util.ArrayList<>(List.of("microsocks", "-i", "::", "-p", Integer.toString(SOCKS)));
        words.addAll(List.of(more));
        return started(SOCKS, words.toArray(String[]::new));
    }

    private Background dante(Lab lab) throws IOException {
        var file = lab.file("danted.conf", """
                logoutput: stderr
                internal: %1$s port = %3$d
                external: %2$s
                clientmethod: none
                socksmethod: none
                user.privileged: root
                user.unprivileged: nobody
                client pass { from: 0.0.0.0/0 to: 0.0.0.0/0 }
                socks block { from: 0.0.0.0/0 to: 198.51.100.99/32 }
                socks pass { from: 0.0.0.0/0 to: 0.0.0.0/0 }
                """.formatted(PROXY, Internet.OTHER4, DANTE));
        return started(
                DANTE,
                "danted",
                "-N",
                "1",
                "-p",
                lab.directory().resolve("danted.pid").toString(),
                "-f",
                file.toString());
    }

    private Background tinyproxy(Lab lab) throws IOException {
        var file = lab.file("tinyproxy.conf", """
                Port %d
                Listen %s
                Timeout 60
                MaxClients 20
                BasicAuth alice hunter2
                """.formatted(HTTP, PROXY));
        return started(HTTP, "tinyproxy", "-d", "-c", file.toString());
    }

    /** HAProxy takes TLS off what it passes to tinyproxy. */
    private Certificates tlsInFront(Lab lab) throws IOException {
        var certificates =
                Certificates.make(Files.createDirectory(lab.directory().resolve("certificates")));
        var file = lab.file("tls.cfg", """
                global
                    nbthread 1
                defaults
                    mode tcp
                    timeout connect 5s
                    timeout client 60s
                    timeout server 60s
                listen tls
                    bind %1$s:%2$d ssl crt %3$s
                    server tinyproxy %1$s:%4$d
                """.formatted(PROXY, HTTPS, certificates.serverAndKey(), HTTP));
        started(HTTPS, "haproxy", "-db", "-f", file.toString());
        return certificates;
    }

    private static String fetch(World world, String outbound, InetEndpoint web) throws IOException {
        return world.talk(world.dial(outbound, new Destination(web), Owner.UNKNOWN, World.LONG), GET, 10_000);
    }

    @ParameterizedTest
    @ValueSource(strings = {PROXY, PROXY6})
    void microsocksWithAndWithoutPassword(String proxy) throws Exception {
        var server = new InetEndpoint(InetAddress.ofLiteral(proxy), SOCKS);
        try (var open = microsocks();
                var world = World.guarded("p: {type: socks5, server: \"" + server + "\"}")) {
            assertThat(fetch(world, "p", WEB)).contains("web from").contains("to " + Internet.OTHER4 + " 80");
            assertThat(fetch(world, "p", WEB6)).contains("web from").contains("to 2001:db8:3::20 80");
            assertThatThrownBy(() -> fetch(world, "p", endpoint(Internet.OTHER4, 81)))
                    .isInstanceOfSatisfying(
                            DialException.class, e -> assertThat(e.reason()).isEqualTo(FlowEnd.REFUSED));
            assertThat(open.alive()).isTrue();
        }
        try (var closed = microsocks("-u", "alice", "-P", "hunter2");
                var world = World.guarded(
                        "p: {type: socks5, server: \"" + server + "\", username: alice, password: hunter2}",
                        "w: {type: socks5, server: \"" + server + "\", username: alice, password: wrong}",
                        "n: {type: socks5, server: \"" + server + "\"}")) {
            assertThat(fetch(world, "p", WEB)).contains("web from");
            assertThatThrownBy(() -> fetch(world, "w", WEB))
                    .hasMessage("outbound w: the proxy does not accept username and password");
            assertThatThrownBy(() -> fetch(world, "n", WEB))
                    .hasMessage("outbound n: the proxy wants authentication; set username and password");
            assertThat(closed.alive()).isTrue();
        }
    }

    @Test
    void danteConnectsAndSaysWhyNot(Lab lab) throws Exception {
        try (var dante = dante(lab);
                var world = World.guarded("p: {type: socks5, server: \"" + PROXY + ":" + DANTE + "\"}")) {
            assertThat(fetch(world, "p", WEB)).contains("web from " + Internet.OTHER4);
            assertThatThrownBy(() -> fetch(world, "p", endpoint(Internet.OTHER4, 81)))
                    .isInstanceOfSatisfying(
                            DialException.class, e -> assertThat(e.reason()).isEqualTo(FlowEnd.REFUSED));
            assertThatThrownBy(() -> fetch(world, "p", endpoint("198.51.100.99", 80)))
                    .isInstanceOfSatisfying(
                            DialException.class, e -> assertThat(e.reason()).isEqualTo(FlowEnd.PROXY_FAILED))
                    .hasMessageEndingWith("its rules do not allow it");
            assertThat(dante.alive()).isTrue();
        }
    }

    @Test
    void danteCarriesDatagramsAsLongAsItLives(Lab lab) throws Exception {
        Dnsmasq.start(internet, List.of(Internet.OTHER4), 53, Map.of("example.org", "192.0.2.53"), null);
        var dante = dante(lab);
        try (var world = World.guarded("p: {type: socks5, server: \"" + PROXY + ":" + DANTE + "\", udp: true}");
                var association = world.associate("p");
                var socket = new DatagramSocket()) {
            var ended = new CountDownLatch(1);
            association.onEnd(ended::countDown);
            socket.setSoTimeout(45_000);
            var relay = new InetSocketAddress(
                    association.relay().address(), association.relay().port());
            for (int id = 1; id <= 3; id++) {
                var query = ByteBuffer.allocate(512);
                var name = endpoint(Internet.OTHER4, 53);
                association.wrap(new Destination(name), query);
                query.put(dnsQuery(id)).flip();
                socket.send(new DatagramPacket(query.array(), query.limit(), relay));
                var answer = new DatagramPacket(new byte[1500], 1500);
                socket.receive(answer);
                var bytes = ByteBuffer.wrap(answer.getData(), 0, answer.getLength());
                assertThat(association.unwrap(bytes)).isEqualTo(name);
                assertThat(bytes.getShort()).isEqualTo((short) id);
                var address = new byte[4];
                bytes.position(bytes.limit() - 4).get(address);
                assertThat(address).containsExactly(192, 0, 2, 53);
            }
            assertThat(ended.getCount()).isEqualTo(1);
            dante.close();
            assertThat(ended.await(45, TimeUnit.SECONDS)).isTrue();
        }
    }

    /** A question for the address of example.org (RFC 1035). */
    private static byte[] dnsQuery(int id) {
        return ByteBuffer.allocate(29)
                .putShort((short) id)
                .putShort((short) 0x0100)
                .putShort((short) 1)
                .putShort((short) 0)
                .putInt(0)
                .put((byte) 7)
                .put("example".getBytes(java.nio.charset.StandardCharsets.US_ASCII))
                .put((byte) 3)
                .put("org".getBytes(java.nio.charset.StandardCharsets.US_ASCII))
                .put((byte) 0)
                .putShort((short) 1)
                .putShort((short) 1)
                .array();
    }

    @Test
    void tinyproxyAloneBehindTlsAndInChains(Lab lab) throws Exception {
        var certificates = tlsInFront(lab);
        var login = ", username: alice, password: hunter2";
        try (var tinyproxy = tinyproxy(lab);
                var socks = microsocks();
                var world = World.guarded(
                        "plain: {type: http, server: \"" + PROXY + ":" + HTTP + "\"" + login + "}",
                        "wrong: {type: http, server: \"" + PROXY + ":" + HTTP + "\"}",
                        "tls: {type: http, server: \"" + PROXY + ":" + HTTPS + "\"" + login + ", tls: {ca: "
                                + certificates.authority() + ", sni: proxy.example}}",
                        "other: {type: http, server: \"" + PROXY + ":" + HTTPS + "\"" + login + ", tls: true}",
                        "socks: {type: socks5, server: \"" + PROXY + ":" + SOCKS + "\"}",
                        "through-tls: {type: socks5, server: \"" + PROXY + ":" + SOCKS + "\", via: tls}",
                        "tls-inside: {type: http, server: \"" + PROXY + ":" + HTTPS + "\"" + login
                                + ", via: through-tls, tls: {ca: " + certificates.authority()
                                + ", sni: proxy.example}}")) {
            int before = World.openSockets();
            for (var name : List.of("plain", "tls", "through-tls", "tls-inside")) {
                assertThat(fetch(world, name, WEB))
                        .as(name)
                        .contains("web from")
                        .contains(" 80");
            }
            assertThat(fetch(world, "tls", WEB6)).contains("to 2001:db8:3::20 80");
            assertThatThrownBy(() -> fetch(world, "wrong", WEB))
                    .hasMessageContaining("it wants authentication; set username and password");
            assertThatThrownBy(() -> fetch(world, "other", WEB)).hasMessageContaining("certification path");
            assertThatThrownBy(() -> fetch(world, "tls", endpoint(Internet.OTHER4, 81)))
                    .isInstanceOf(DialException.class);
            World.awaitSockets(before);
            assertThat(tinyproxy.alive() && socks.alive()).isTrue();
        }
    }

    @Test
    void groupsFindOutWhichProxyLives(Lab lab) throws Exception {
        var probe = "url: \"http://" + Internet.OTHER4 + "/\", interval: 1s, timeout: 2s";
        var dante = dante(lab);
        var socks = microsocks();
        try (var world = World.guarded(
                "a: {type: socks5, server: \"" + PROXY + ":" + DANTE + "\"}",
                "b: {type: socks5, server: \"" + PROXY + ":" + SOCKS + "\"}",
                "g: {type: fallback, outbounds: [a, b, direct], " + probe + "}")) {
            var group = world.table.groups().getFirst();
            assertThat(group.now()).contains("a");
            Await.until(
                    "all members to be tested",
                    World.LONG,
                    () -> world.table.groups().getFirst().members().stream()
                            .allMatch(member -> member.delay().isPresent()));
            dante.close();
            Await.until(
                    "b to be taken",
                    World.LONG,
                    () -> world.way("g").outbounds().contains("b"));
            socks.close();
            Await.until("direct to be taken", World.LONG, () -> world.way("g") instanceof Way.Plain);
        }
    }

    @Test
    void socketsCarryTheMarkAndLeaveByTheirInterfaceAndAddress(Lab lab) throws Exception {
        lab.link(lab.here(), "vpn", internet, "peer");
        lab.here().address("vpn", "10.9.0.2/24", "10.9.0.3/24", "fd09::2/64");
        internet.address("peer", "10.9.0.1/24", "fd09::1/64");
        int guard = Marks.DEFAULT.guard();
        try (var socks = microsocks();
                var world = World.guarded(
                        "vpn: {type: direct, interface: vpn, mark: 5}",
                        "own: {type: direct, source: [10.9.0.3, \"fd09::2\"]}",
                        "p: {type: socks5, server: \"10.9.0.1:" + SOCKS + "\", via: own}",
                        "gone: {type: direct, interface: vpn9}",
                        "q: {type: socks5, server: \"10.9.0.1:" + SOCKS + "\", via: gone}")) {
            // Only a route by this interface: the default route leads to another one.
            internet.run("ip", "address", "add", "10.9.9.9/32", "dev", "lo");
            lab.here().run("ip", "route", "add", "10.9.9.9/32", "via", "10.9.0.1", "dev", "vpn", "metric", "5000");
            assertThat(plain(world, "vpn", endpoint("10.9.9.9", 80), guard | 5)).contains("web from 10.9.0.2");
            assertThat(plain(world, "own", endpoint("10.9.0.1", 80), guard)).contains("web from 10.9.0.3");
            assertThat(plain(world, "own", endpoint("fd09::1", 80), guard)).contains("web from fd09::2");
            var upstream = (Upstream.Bare) world.dial("p", new Destination(WEB), Owner.UNKNOWN, World.LONG);
            assertThat(upstream.socket().option(SocketConstants.SOL_SOCKET, SocketConstants.SO_MARK))
                    .isEqualTo(guard);
            assertThat(upstream.socket().local().address().getHostAddress()).isEqualTo("10.9.0.3");
            assertThat(world.talk(upstream, GET, 10_000)).contains("web from");
            assertThatThrownBy(() -> fetch(world, "q", WEB))
                    .isInstanceOfSatisfying(
                            DialException.class, e -> assertThat(e.reason()).isEqualTo(FlowEnd.UNREACHABLE))
                    .hasMessageContaining("vpn9");
            assertThat(socks.alive()).isTrue();
        }
    }

    private static String plain(World world, String outbound, InetEndpoint to, int mark) throws IOException {
        var way = (Way.Plain) world.table.way(outbound, new Destination(to), Transport.TCP);
        return world.await(() -> {
            var socket = OutsideSockets.tcp(way.to(), way.traits());
            assertThat(socket.option(SocketConstants.SOL_SOCKET, SocketConstants.SO_MARK))
                    .isEqualTo(mark);
            var upstream = world.parking.connect(socket, way.to(), Deadline.in(World.LONG));
            return world.talk(new Upstream.Bare(upstream.detach(), ByteBuffer.allocate(0)), GET, 10_000);
        });
    }
}

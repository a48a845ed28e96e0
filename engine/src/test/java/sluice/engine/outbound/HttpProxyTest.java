// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sluice.engine.flow.Destination;
import sluice.engine.flow.FlowEnd;
import sluice.engine.flow.Owner;
import sluice.linux.InetEndpoint;

class HttpProxyTest {
    private static String http(FakeServer proxy, String more) {
        return "p: {type: http, server: " + proxy.server() + more + "}";
    }

    private static FakeServer answering(String answer) throws Exception {
        return FakeServer.start(peer -> {
            peer.note(peer.header());
            peer.text(answer);
            peer.echo();
        });
    }

    @Test
    void theRequestNamesTheDestinationAndWhatFollowsIsTheTunnel() throws Exception {
        try (var proxy = answering("HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n");
                var world = World.of(http(proxy, ""))) {
            assertThat(world.talk(world.dial("p"), "hello", 5)).isEqualTo("hello");
            var named = new Destination(World.ELSEWHERE).named("example.org", true);
            world.dial("p", named, Owner.UNKNOWN, World.LONG).close();
            var six = new Destination(new InetEndpoint(InetAddress.ofLiteral("2001:db8::1"), 443));
            world.dial("p", six, Owner.UNKNOWN, World.LONG).close();
            assertThat(proxy.heard)
                    .containsExactly(
                            "CONNECT 192.0.2.80:80 HTTP/1.1\r\nHost: 192.0.2.80:80\r\n\r\n",
                            "CONNECT example.org:80 HTTP/1.1\r\nHost: example.org:80\r\n\r\n",
                            "CONNECT [2001:db8::1]:443 HTTP/1.1\r\nHost: [2001:db8::1]:443\r\n\r\n");
        }
    }

    @Test
    void credentialsAndTheApplicationAreTold() throws Exception {
        try (var proxy = answering("HTTP/1.0 200\r\n\r\n");
                var world = World.of(http(proxy, ", username: alice, password: hunter2"))) {
            var owner = new Owner("/user.slice", 1000, 4711, "Web Content\n");
            world.dial("p", new Destination(World.ELSEWHERE), owner, World.LONG).close();
            assertThat(proxy.heard.getFirst())
                    .isEqualTo(String.join(
                            "\r\n",
                            "CONNECT 192.0.2.80:80 HTTP/1.1",
                            "Host: 192.0.2.80:80",
                            "Proxy-Authorization: Basic YWxpY2U6aHVudGVyMg==",
                            "User-Agent: Web_Content_/4711",
                            "",
                            ""));
        }
    }

    @Test
    void interimAnswersAndEarlyBytesAreNotTheAnswer() throws Exception {
        try (var proxy = FakeServer.start(peer -> {
                    peer.header();
                    peer.text("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nSSH-2");
                    peer.echo();
                });
                var world = World.of(http(proxy, ""))) {
            assertThat(world.talk(world.dial("p"), ".0", 7)).isEqualTo("SSH-2.0");
        }
    }

    @Test
    void anAnswerByteByByteAndWithBareLineFeedsIsUnderstood() throws Exception {
        try (var proxy = FakeServer.start(peer -> {
                    peer.header();
                    for (char c : "HTTP/1.1 200 OK\nX: y\n\n".toCharArray()) {
                        peer.text(String.valueOf(c));
                    }
                    peer.echo();
                });
                var world = World.of(http(proxy, ""))) {
            assertThat(world.talk(world.dial("p"), "byte", 4)).isEqualTo("byte");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "407, PROXY_FAILED, 'the proxy answered 407 for 192.0.2.80:80: it does not accept username and password'",
        "403, PROXY_FAILED, the proxy answered 403 for 192.0.2.80:80",
        "500, PROXY_FAILED, the proxy answered 500 for 192.0.2.80:80",
        "101, PROXY_FAILED, the proxy answered 101 for 192.0.2.80:80",
        "301, PROXY_FAILED, the proxy answered 301 for 192.0.2.80:80",
        "502, UNREACHABLE, the proxy answered 502 for 192.0.2.80:80",
        "503, UNREACHABLE, the proxy answered 503 for 192.0.2.80:80",
        "504, CONNECT_TIMEOUT, the proxy answered 504 for 192.0.2.80:80",
    })
    void refusalsAreTheReason(int status, FlowEnd reason, String words) throws Exception {
        // A proxy that shows what it was sent must not make us repeat it.
        try (var proxy = answering("HTTP/1.1 " + status + " hunter2 YWxpY2U6aHVudGVyMg==\r\n\r\n");
                var world = World.of(http(proxy, ", username: alice, password: hunter2"))) {
            int before = World.openSockets();
            assertThatThrownBy(() -> world.dial("p"))
                    .isInstanceOfSatisfying(
                            DialException.class, e -> assertThat(e.reason()).isEqualTo(reason))
                    .hasMessage("outbound p: " + words);
            World.awaitSockets(before);
        }
    }
}

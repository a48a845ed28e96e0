// SPDX-License-Identifier: Apache-2.0
package sluice.control;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import org.junit.jupiter.api.Test;
import sluice.linux.PeerCredentials;
import sluice.linux.PeerProcess;

class RoutesTest {
    private static final int DAEMON = 990;
    private static final PeerCredentials ROOT = new PeerCredentials(10, 0, 0);
    private static final PeerCredentials SELF = new PeerCredentials(11, DAEMON, 0);
    private static final PeerCredentials GRANTED = new PeerCredentials(12, 1000, 100);
    private static final PeerCredentials MEMBER = new PeerCredentials(13, 1001, 100);

    private final RecordingDaemon daemon = new RecordingDaemon();
    private final Routes routes = new Routes(daemon, new Admission(DAEMON, ControlLimits.DEFAULT));

    @Test
    void everybodyWhoCanConnectMayRead() {
        for (var peer : new PeerCredentials[] {ROOT, SELF, GRANTED, MEMBER}) {
            assertThat(get("/v1/status", peer).status()).isEqualTo(200);
            assertThat(get("/v1/explain?path=/x", peer).status()).isEqualTo(200);
        }
    }

    @Test
    void onlyRootAndTheDaemonsOwnUserReload() {
        assertThat(post("/v1/reload", "", MEMBER).status()).isEqualTo(403);
        assertThat(post("/v1/reload", "", GRANTED).status()).isEqualTo(403);
        assertThat(daemon.asked).isEmpty();
        post("/v1/reload", "", ROOT);
        post("/v1/reload", "", SELF);
        assertThat(daemon.asked).containsExactly("reload", "reload");
    }

    @Test
    void usersRunWhatTheyWereGrantedAndNothingElse() {
        var office = "{\"kind\":\"proxy\",\"name\":\"office\"}";
        assertThat(post("/v1/run", office, GRANTED).status()).isEqualTo(200);
        assertThat(post("/v1/run", office, MEMBER).status()).isEqualTo(403);
        var refused = post("/v1/run", "{\"kind\":\"direct\"}", GRANTED);
        assertThat(refused.status()).isEqualTo(403);
        assertThat(new String(refused.body(), UTF_8)).contains("uid 1000", "run: in the configuration");
        assertThat(daemon.asked).containsExactly("run proxy office for 12");
        assertThat(post("/v1/run", "{\"kind\":\"drop\"}", ROOT).status()).isEqualTo(200);
    }

    @Test
    void aProcessThatTheDaemonCannotSeeIsNotMoved() {
        assertThat(post("/v1/run", "{\"kind\":\"direct\"}", new PeerCredentials(0, 0, 0))
                        .status())
                .isEqualTo(400);
        assertThat(daemon.asked).isEmpty();
    }

    @Test
    void flowsAreToldFromAPosition() {
        assertThat(get("/v1/flows", MEMBER).status()).isEqualTo(200);
        assertThat(get("/v1/flows?position=17", MEMBER).status()).isEqualTo(200);
        assertThat(get("/v1/flows?position=-1", MEMBER).status()).isEqualTo(400);
        assertThat(get("/v1/flows?position=", MEMBER).status()).isEqualTo(400);
        assertThat(post("/v1/flows", "", ROOT).status()).isEqualTo(405);
        assertThat(daemon.asked).containsExactly("flows -1", "flows 17");
    }

    @Test
    void onlyRootAndTheDaemonsOwnUserChooseMembers() {
        var choice = "{\"group\":\"pick\",\"member\":\"office\"}";
        assertThat(post("/v1/select", choice, MEMBER).status()).isEqualTo(403);
        assertThat(post("/v1/select", "{\"group\":\"pick\"}", ROOT).status()).isEqualTo(400);
        assertThat(post("/v1/select", "[]", ROOT).status()).isEqualTo(400);
        assertThat(daemon.asked).isEmpty();
        assertThat(post("/v1/select", choice, ROOT).status()).isEqualTo(200);
        assertThat(daemon.asked).containsExactly("select pick office");
    }

    @Test
    void dnsIsAskedForANameAndATypeAndPerhapsAnApplication() {
        assertThat(get("/v1/dns?name=example.org", MEMBER).status()).isEqualTo(200);
        assertThat(get("/v1/dns?name=example.org&type=MX&path=/x", MEMBER).status())
                .isEqualTo(200);
        assertThat(get("/v1/dns", MEMBER).status()).isEqualTo(400);
        assertThat(get("/v1/dns?name=a&name=b", MEMBER).status()).isEqualTo(400);
        assertThat(get("/v1/dns?name=a&path=", MEMBER).status()).isEqualTo(400);
        assertThat(get("/v1/dns/cache", MEMBER).status()).isEqualTo(200);
        assertThat(daemon.asked).containsExactly("dns example.org A null", "dns example.org MX /x", "dns cache");
    }

    @Test
    void onlyRootAndTheDaemonsOwnUserFlushDns() {
        assertThat(post("/v1/dns/flush", "{\"what\":\"cache\"}", MEMBER).status())
                .isEqualTo(403);
        assertThat(post("/v1/dns/flush", "{}", ROOT).status()).isEqualTo(400);
        assertThat(post("/v1/dns/flush", "{\"what\":\"everything\"}", ROOT).status())
                .isEqualTo(400);
        assertThat(daemon.asked).isEmpty();
        assertThat(post("/v1/dns/flush", "{\"what\":\"cache\"}", ROOT).status()).isEqualTo(200);
        assertThat(daemon.asked).containsExactly("flush cache");
    }

    private Answer get(String uri, PeerCredentials peer) {
        return routes.answer(
                new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, uri), peer, process(peer));
    }

    private Answer post(String uri, String body, PeerCredentials peer) {
        return routes.answer(
                new DefaultFullHttpRequest(
                        HttpVersion.HTTP_1_1, HttpMethod.POST, uri, Unpooled.copiedBuffer(body, UTF_8)),
                peer,
                process(peer));
    }

    private static PeerProcess process(PeerCredentials peer) {
        return new PeerProcess() {
            @Override
            public int pid() {
                return peer.pid();
            }

            @Override
            public boolean isAlive() {
                return true;
            }

            @Override
            public void close() {
                // It holds nothing.
            }
        };
    }
}

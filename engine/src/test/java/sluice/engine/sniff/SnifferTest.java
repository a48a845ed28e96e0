// SPDX-License-Identifier: Apache-2.0
package sluice.engine.sniff;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import sluice.rules.Protocol;

class SnifferTest {
    private static Sniffed sniff(byte[] head) {
        return Sniffer.sniff(ByteBuffer.wrap(head));
    }

    private static Sniffed sniff(String head) {
        return sniff(head.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static Sniffed tls(@Nullable String name) {
        return new Sniffed.Found(Protocol.TLS, name);
    }

    private static Sniffed http(@Nullable String name) {
        return new Sniffed.Found(Protocol.HTTP, name);
    }

    /** Whatever arrives first, it is never something else than what the whole is; returns how many bytes were needed. */
    private static int firstAnswer(byte[] head, Sniffed whole) {
        int needed = head.length + 1;
        for (int length = head.length; length >= 0; length--) {
            var sniffed = sniff(Arrays.copyOf(head, length));
            if (sniffed instanceof Sniffed.NeedMore) {
                assertThat(needed).isLessThanOrEqualTo(head.length);
            } else {
                assertThat(sniffed).as("the first %d bytes", length).isEqualTo(whole);
                assertThat(needed).as("no answer is taken back").isEqualTo(length + 1);
                needed = length;
            }
        }
        return needed;
    }

    @ParameterizedTest
    @CsvSource({
        "openssl, www.example.org",
        "openssl-tls1_2, old.example.org",
        "openssl-noname,",
        "curl, shop.example.net"
    })
    void readsTheNameThatRealClientsSend(String recording, @Nullable String name) throws Exception {
        byte[] head = Hellos.recorded(recording);
        assertThat(sniff(head)).isEqualTo(tls(name));
        firstAnswer(head, tls(name));
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void readsTheNameThatJavaSends(String protocol) throws Exception {
        byte[] head = Hellos.java("Host-1.Sub.Example.ORG", protocol);
        assertThat(firstAnswer(head, tls("host-1.sub.example.org"))).isLessThan(head.length);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 17, 100, 16384})
    void messageMayBeSpreadOverRecords(int most) throws Exception {
        byte[] message = Hellos.message(Hellos.java("www.example.org", "TLSv1.3"));
        firstAnswer(Hellos.records(message, most), tls("www.example.org"));
    }

    @Test
    void longHellosAreRead() {
        assertThat(sniff(Hellos.records(Hellos.padded("a.example", 16_000), 16_384)))
                .isEqualTo(tls("a.example"));
        assertThat(sniff(Hellos.records(Hellos.padded("a.example", 16_000), 4_000)))
                .isEqualTo(tls("a.example"));
        byte[] tooLong = Hellos.records(Hellos.padded("a.example", 17_000), 16_384);
        assertThat(sniff(tooLong)).isEqualTo(Sniffed.UNKNOWN);
        assertThat(sniff(Arrays.copyOf(tooLong, 12))).isEqualTo(Sniffed.UNKNOWN);
    }

    @Test
    void atTheLimitThereIsAlwaysAnAnswer() {
        byte[] tiny = Hellos.records(Hellos.padded("a.example", 16_000), 3);
        assertThat(sniff(Arrays.copyOf(tiny, Sniffer.LONGEST - 1))).isEqualTo(Sniffed.NEED_MORE);
        assertThat(sniff(tiny)).isEqualTo(Sniffed.UNKNOWN);
        assertThat(sniff("GET /" + "a".repeat(Sniffer.LONGEST))).isEqualTo(Sniffed.UNKNOWN);
        assertThat(sniff("GET / HTTP/1.1\r\nCookie: " + "a".repeat(Sniffer.LONGEST)))
                .isEqualTo(http(null));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"192.0.2.1", "-a.example", "a-.example", "a..example", "2001:db8::1", "ex ample.org", "a.1"})
    void whatIsNoNameIsLeftOut(String name) {
        assertThat(sniff(Hellos.records(Hellos.padded(name, 0), 16_384))).isEqualTo(tls(null));
        assertThat(sniff("GET / HTTP/1.1\r\nHost: " + name + "\r\n\r\n")).isEqualTo(http(null));
    }

    @Test
    void namesHaveAHighestLength() {
        String label = "a".repeat(63);
        String longest = String.join(".", label, label, label, "b".repeat(61));
        assertThat(sniff(Hellos.records(Hellos.padded(longest, 0), 16_384))).isEqualTo(tls(longest));
        assertThat(sniff(Hellos.records(Hellos.padded(longest + "b", 0), 16_384)))
                .isEqualTo(tls(null));
        assertThat(sniff(Hellos.records(Hellos.padded(label + "a.example", 0), 16_384)))
                .isEqualTo(tls(null));
        assertThat(sniff(Hellos.records(Hellos.padded("_a_.Example.", 0), 16_384)))
                .isEqualTo(tls("_a_.example"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "GET / HTTP/1.1~Host: www.example.org~~ | www.example.org",
                "GET /a?b=http://c.example/ HTTP/1.1~Accept: */*~hOsT:Www.Example.Org.:8080 ~~ | www.example.org",
                "POST /x HTTP/1.0~Host:\t a_b.example\t~ | a_b.example",
                "OPTIONS * HTTP/1.1~Host: example.org~~ | example.org",
                "VERSION-CONTROL /x HTTP/1.1~Host: example.org~~ | example.org",
                "GET / HTTP/1.1~Host: [2001:db8::1]:80~~ |",
                "GET / HTTP/1.1~Host:~~ |",
                "GET / HTTP/1.0~Accept: */*~~ |",
                "PRI * HTTP/2.0~~SM~~ |",
                "CONNECT www.example.org:443 HTTP/1.1~Host: www.example.org:443~~ |",
                "GET http://www.example.org/ HTTP/1.1~Host: www.example.org~~ |"
            })
    void readsTheHostOfARequest(String request, @Nullable String name) {
        firstAnswer(request.replace("~", "\r\n").getBytes(StandardCharsets.US_ASCII), http(name));
        if (!request.startsWith("PRI")) {
            firstAnswer(request.replace("~", "\n").getBytes(StandardCharsets.US_ASCII), http(name));
        }
    }

    @ParameterizedTest
    @CsvSource(
            ignoreLeadingAndTrailingWhitespace = false,
            value = {
                "SSH-2.0-OpenSSH_9.2,2",
                "EHLO mail.example.org,1",
                "NICK a,1",
                "\0\0\0\u0010,1",
                "GETX / HTTP/1.1,4",
                "get / HTTP/1.1,1",
                "GET / SIP/2.0,7",
                "GET /\0,6",
                "GET  / HTTP/1.1,5",
                "PING,2",
                "\u0016\u0003\u0009,3",
                "\u0016\u0002,2",
                "\u0015\u0003\u0001\0\u0002\u0001\0,1"
            })
    void whatIsNoneOfThemIsKnownAtTheFirstByteThatTells(String head, int needed) {
        assertThat(firstAnswer(head.getBytes(StandardCharsets.ISO_8859_1), Sniffed.UNKNOWN))
                .isEqualTo(needed);
    }

    @Test
    void emptyHeadsSayNothingAndBuffersStayAsTheyAre() throws Exception {
        assertThat(sniff("")).isEqualTo(Sniffed.NEED_MORE);
        byte[] hello = Hellos.recorded("curl");
        var direct = ByteBuffer.allocateDirect(hello.length + 20).position(10).put(hello);
        direct.limit(direct.position()).position(10);
        var before = direct.duplicate();
        assertThat(Sniffer.sniff(direct)).isEqualTo(tls("shop.example.net"));
        assertThat(direct).isEqualTo(before);
        assertThat(Sniffer.sniff(direct.asReadOnlyBuffer())).isEqualTo(tls("shop.example.net"));
    }
}

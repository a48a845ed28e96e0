// SPDX-License-Identifier: Apache-2.0
package sluice.engine.sniff;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import sluice.rules.Protocol;

class QuicSnifferTest {
    private static final byte[] OTHER_ID = HexFormat.of().parseHex("00112233445566778899");

    private static Sniffed offer(QuicSniffer sniffer, byte[] datagram) {
        return sniffer.offer(ByteBuffer.wrap(datagram));
    }

    private static Sniffed sniff(byte[]... datagrams) {
        var sniffer = new QuicSniffer();
        Sniffed last = Sniffed.NEED_MORE;
        for (byte[] datagram : datagrams) {
            last = offer(sniffer, datagram);
        }
        return last;
    }

    private static Sniffed quic(@Nullable String name) {
        return new Sniffed.Found(Protocol.QUIC, name);
    }

    private static byte[] hello() throws Exception {
        return Hellos.message(Hellos.recorded("curl"));
    }

    @ParameterizedTest
    @CsvSource({"rfc9001-a2", "rfc9369-a2"})
    void readsTheTestVectors(String vector) throws Exception {
        byte[] datagram = Hellos.recorded(vector);
        assertThat(sniff(datagram)).isEqualTo(quic("example.com"));
        assertThat(new QuicSniffer()
                        .offer(ByteBuffer.allocateDirect(1200).put(datagram).flip()))
                .isEqualTo(quic("example.com"));
    }

    @ParameterizedTest
    @ValueSource(ints = {Initials.V1, Initials.V2})
    void readsAHelloInOnePacket(int version) throws Exception {
        byte[] frames = Initials.padded(Initials.crypto(hello(), 0, hello().length));
        assertThat(sniff(Initials.packet(version, 0, frames))).isEqualTo(quic("shop.example.net"));
    }

    @Test
    void readsPiecesInAnyOrderWithOtherFramesBetween() throws Exception {
        byte[] message = Hellos.padded("a.example", 3000);
        List<byte[]> pieces = new ArrayList<>();
        for (int at = 0; at < message.length; at += 100) {
            pieces.add(Initials.crypto(
                    message, at, Math.min(message.length, at + 120 > message.length ? message.length : at + 120)));
        }
        Collections.shuffle(pieces, new Random(7));
        byte[] ack = {2, 5, 0, 1, 0, 1, 1};
        byte[] ackWithCounts = {3, 5, 0, 0, 0, 1, 2, 3};
        var sniffer = new QuicSniffer();
        List<Sniffed> answers = new ArrayList<>();
        for (int i = 0; i < pieces.size(); i += 8) {
            byte[][] some = pieces.subList(i, Math.min(i + 8, pieces.size())).toArray(byte[][]::new);
            byte[] frames = Initials.padded(ack, new byte[] {1, 0, 0, 1}, Initials.padded(some), ackWithCounts);
            answers.add(offer(sniffer, Initials.packet(Initials.V1, i, frames)));
        }
        assertThat(answers).hasSize(4).endsWith(quic("a.example"));
        assertThat(answers.subList(0, 3)).containsOnly(Sniffed.NEED_MORE);
        assertThat(offer(sniffer, new byte[] {1})).as("the answer stays").isEqualTo(quic("a.example"));
    }

    @Test
    void readsPacketsThatShareADatagram() throws Exception {
        byte[] message = hello();
        byte[] first =
                Initials.packet(Initials.V1, 0, Arrays.copyOf(Initials.crypto(message, 100, message.length), 600));
        byte[] second = Initials.packet(Initials.V1, 1, Arrays.copyOf(Initials.crypto(message, 0, 100), 500));
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        assertThat(sniff(both)).isEqualTo(quic("shop.example.net"));
        assertThat(sniff(first)).isEqualTo(Sniffed.NEED_MORE);
        assertThat(sniff(first, second)).isEqualTo(quic("shop.example.net"));
    }

    @Test
    void readsOnAfterARetryAndAfterTheServerChoseItsId() throws Exception {
        byte[] message = hello();
        byte[] first = Initials.padded(Initials.crypto(message, 150, message.length));
        byte[] second = Initials.padded(Initials.crypto(message, 0, 150));
        byte[] opening = Initials.packet(Initials.V1, 0, first);
        assertThat(sniff(opening, Initials.packet(Initials.V1, OTHER_ID, OTHER_ID, 1, second)))
                .isEqualTo(quic("shop.example.net"));
        assertThat(sniff(opening, Initials.packet(Initials.V1, new byte[4], Initials.CONNECTION, 1, second)))
                .isEqualTo(quic("shop.example.net"));
    }

    @Test
    void earlyDataInFrontOfTheHelloIsPassedOver() throws Exception {
        byte[] message = hello();
        byte[] early = Initials.packet(Initials.V1, 0, new byte[200]);
        early[0] = (byte) ((early[0] & 0xcf) | 0x10);
        byte[] initial = Initials.packet(Initials.V1, 0, Initials.padded(Initials.crypto(message, 0, message.length)));
        assertThat(sniff(early)).isEqualTo(Sniffed.NEED_MORE);
        assertThat(sniff(early, initial)).isEqualTo(quic("shop.example.net"));
    }

    @Test
    void whatIsEncryptedWellButNoHelloIsQuicWithoutAName() throws Exception {
        assertThat(sniff(Initials.packet(Initials.V1, 0, Initials.padded(new byte[] {0x1c, 0, 0, 0}))))
                .isEqualTo(quic(null));
        assertThat(sniff(Initials.packet(Initials.V1, 0, Initials.padded(Initials.crypto(new byte[200], 0, 200)))))
                .isEqualTo(quic(null));
        byte[] far = {6, (byte) 0x80, 0x7f, 0, 0, 1, 0};
        assertThat(sniff(Initials.packet(Initials.V1, 0, Initials.padded(far)))).isEqualTo(quic(null));
    }

    @Test
    void waitingEnds() throws Exception {
        var sniffer = new QuicSniffer();
        byte[] ping = Initials.packet(Initials.V1, 0, Initials.padded(new byte[] {1}));
        int datagrams = 1;
        while (offer(sniffer, ping) instanceof Sniffed.NeedMore) {
            assertThat(++datagrams).isLessThan(100);
        }
        assertThat(offer(sniffer, ping)).isEqualTo(quic(null));
    }

    @Test
    void otherDatagramsAreUnknownAtOnce() throws Exception {
        assertThat(sniff(new byte[0])).isEqualTo(Sniffed.UNKNOWN);
        assertThat(sniff("\0\1\1\0\0\1\0\0\0\0\0\0".getBytes(StandardCharsets.ISO_8859_1)))
                .isEqualTo(Sniffed.UNKNOWN);
        byte[] datagram = Hellos.recorded("rfc9001-a2");
        assertThat(sniff(Arrays.copyOf(datagram, 1199))).as("cut").isEqualTo(Sniffed.UNKNOWN);
        byte[] damaged = datagram.clone();
        damaged[700] ^= 1;
        assertThat(sniff(damaged)).as("damaged").isEqualTo(Sniffed.UNKNOWN);
        byte[] draft = datagram.clone();
        draft[1] = (byte) 0xff;
        assertThat(sniff(draft)).as("another version").isEqualTo(Sniffed.UNKNOWN);
    }
}

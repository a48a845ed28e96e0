// SPDX-License-Identifier: Apache-2.0
package sluice.engine.sniff;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import sluice.testkit.Scale;

/** Damaged heads: whatever they are, there is an answer, and a name in it is a name. */
class SniffingFuzzTest {
    private static final long SEED = 20_261_121;

    private static void check(Sniffed sniffed) {
        if (sniffed instanceof Sniffed.Found(var _, var name) && name != null) {
            assertThat(name).matches("[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*");
            assertThat(name.length()).isLessThanOrEqualTo(253);
        }
    }

    /** Overwrites, inserts, removes, repeats and cuts a few times. */
    private static byte[] damaged(byte[] bytes, Random random) {
        byte[] result = bytes.clone();
        for (int i = random.nextInt(4); i >= 0 && result.length > 0; i--) {
            int at = random.nextInt(result.length);
            int length = Math.min(random.nextInt(1, 9), result.length - at);
            switch (random.nextInt(5)) {
                case 0 -> result[at] = (byte) random.nextInt();
                case 1 -> result[at] = (byte) (random.nextBoolean() ? 0xff : 0);
                case 2 -> {
                    System.arraycopy(result, at + length, result, at, result.length - at - length);
                    result = Arrays.copyOf(result, result.length - length);
                }
                case 3 -> {
                    byte[] longer = Arrays.copyOf(result, result.length + length);
                    System.arraycopy(result, at, longer, at + length, result.length - at);
                    result = longer;
                }
                default -> result = random.nextInt(4) == 0 ? Arrays.copyOf(result, at) : result;
            }
        }
        return result;
    }

    @Test
    void damagedHeadsOfTcpFlowsAreRead() throws Exception {
        var random = new Random(SEED);
        var request = "GET /index.html HTTP/1.1\r\nAccept: */*\r\nHost: www.example.org:8080\r\nCookie: a=b\r\n\r\n";
        var heads = List.of(
                Hellos.recorded("openssl"),
                Hellos.recorded("curl"),
                Hellos.records(Hellos.message(Hellos.java("www.example.org", "TLSv1.3")), 37),
                Hellos.records(Hellos.padded("a.example", 9000), 1000),
                request.getBytes(StandardCharsets.US_ASCII));
        int found = 0;
        for (int i = 0; i < Scale.of(50_000, 5_000_000); i++) {
            var sniffed = Sniffer.sniff(ByteBuffer.wrap(damaged(heads.get(i % heads.size()), random)));
            check(sniffed);
            found += sniffed instanceof Sniffed.Found ? 1 : 0;
        }
        assertThat(found).as("not everything is damaged beyond recognition").isPositive();
    }

    @Test
    void damagedDatagramsAreRead() throws Exception {
        var random = new Random(SEED);
        byte[] message = Hellos.message(Hellos.recorded("curl"));
        byte[] frames = Initials.padded(
                new byte[] {2, 5, 0, 1, 0, 1, 1},
                Initials.crypto(message, 200, message.length),
                Initials.crypto(message, 0, 200));
        byte[] vector = Hellos.recorded("rfc9001-a2");
        int found = 0;
        for (int i = 0; i < Scale.of(3_000, 300_000); i++) {
            var sniffer = new QuicSniffer();
            check(sniffer.offer(ByteBuffer.wrap(damaged(vector, random))));
            // Damage below the encryption, which everything above would hide.
            byte[] inner = damaged(frames, random);
            var sniffed = sniffer.offer(
                    ByteBuffer.wrap(Initials.packet(Initials.V1, i, Arrays.copyOf(inner, Math.max(inner.length, 32)))));
            check(sniffed);
            found += sniffed instanceof Sniffed.Found ? 1 : 0;
        }
        assertThat(found).as("not everything is damaged beyond recognition").isPositive();
    }

    @Test
    void noiseIsRead() {
        var random = new Random(SEED);
        for (int i = 0; i < Scale.of(50_000, 5_000_000); i++) {
            byte[] noise = new byte[random.nextInt(200)];
            random.nextBytes(noise);
            if (noise.length > 8 && i % 2 == 0) {
                System.arraycopy(new byte[] {22, 3, 1, 0, (byte) 190, 1, 0, 0}, 0, noise, 0, 8);
            }
            check(Sniffer.sniff(ByteBuffer.wrap(noise)));
            if (noise.length > 8) {
                noise[0] = (byte) (0xc0 | noise[0]);
                System.arraycopy(new byte[] {0, 0, 0, 1, 8}, 0, noise, 1, 5);
            }
            assertThat(new QuicSniffer().offer(ByteBuffer.wrap(noise)))
                    .as("noise does not decrypt")
                    .isNotInstanceOf(Sniffed.Found.class);
        }
    }
}

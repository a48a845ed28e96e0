// SPDX-License-Identifier: Apache-2.0
package sluice.dns;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sluice.dns.message.Answer;
import sluice.dns.message.AnswerReader;
import sluice.dns.message.MalformedAnswerException;
import sluice.dns.message.Outgoing;
import sluice.dns.message.Query;
import sluice.testkit.Scale;

/** A million messages that something is wrong with. Seeded: a failure's report has the message. */
class FuzzTest {
    private static final int ROUNDS = Scale.of(30_000, 1_000_000);
    private static final World.Client UDP = new World.Client(null, false);
    private static final int HEADER = 12;

    @TempDir
    Path directory;

    private static byte[] mutated(byte[] message, Random random) {
        byte[] other = message.clone();
        for (int i = random.nextInt(4); i >= 0; i--) {
            int at = random.nextInt(other.length);
            switch (random.nextInt(6)) {
                case 0 -> other[at] = (byte) random.nextInt();
                case 1 -> other[at] ^= (byte) (1 << random.nextInt(8));
                // A pointer to somewhere.
                case 2 -> {
                    other[at] = (byte) (0xc0 | random.nextInt(2));
                    other[Math.min(at + 1, other.length - 1)] = (byte) random.nextInt();
                }
                case 3 -> other = Arrays.copyOf(other, 1 + random.nextInt(other.length));
                case 4 -> other = Arrays.copyOf(other, other.length + random.nextInt(20));
                default -> {
                    int length = random.nextInt(other.length - at);
                    System.arraycopy(other, at, other, random.nextInt(other.length - length), length);
                }
            }
        }
        return other;
    }

    private static String hex(byte[] message) {
        return HexFormat.of().formatHex(message);
    }

    @Test
    void whateverApplicationsSendTheyGetOneAnswerOrNone() throws Exception {
        var random = new Random(1);
        byte[][] seeds = {
            Messages.query(1, "www.example.org", "A"),
            Messages.query(2, 0x0130, "a.b.c.d.e.f.example.org", "AAAA", 1232, 0x8000),
            Messages.query(3, 0x0100, "1.0.0.127.in-addr.arpa", "PTR", 512, 0),
            Messages.query(4, 0x0100, "x".repeat(63) + ".example", "TYPE65535", 0, 0),
        };
        try (var world = new World(
                directory,
                "{mode: fake-ip, rules: [{domain: 'keyword:e', answer: refuse}, {domain: 'regexp:^.+$', answer: fake-ip}]}")) {
            for (int i = 0; i < ROUNDS; i++) {
                byte[] query = mutated(seeds[random.nextInt(seeds.length)], random);
                byte[] answer = answer(world, query);
                if (answer != null) {
                    check(query, answer);
                }
            }
            assertThat(world.count(DnsCounter.QUERIES)).isEqualTo(ROUNDS);
            assertThat(world.count(DnsCounter.MALFORMED)).isGreaterThan(ROUNDS / 10);
        }
    }

    private static byte @Nullable [] answer(World world, byte[] query) {
        try {
            return world.dns().answer(UDP, ByteBuffer.wrap(query), _ -> {});
        } catch (RuntimeException e) {
            throw new AssertionError("query " + hex(query), e);
        }
    }

    private static void check(byte[] query, byte[] answer) {
        assertThat(answer.length).as(hex(query)).isBetween(HEADER, 512 + HEADER);
        assertThat(answer[0]).isEqualTo(query[0]);
        assertThat(answer[1]).isEqualTo(query[1]);
        assertThat(answer[2] & 0x80).as("QR of the answer to %s", hex(query)).isEqualTo(0x80);
        assertThat(query[2] & 0x80).as("an answer to an answer").isZero();
        // It is a message itself.
        assertThat(Messages.read(answer).id()).isEqualTo((query[0] & 0xff) << 8 | (query[1] & 0xff));
    }

    @Test
    void whateverServersSendIsRefusedOrCanBePassedOn() throws Exception {
        var random = new Random(2);
        byte[] sent = Messages.query(7, "www.example.org", "A");
        var query =
                (Query) Query.read(ByteBuffer.wrap(Messages.query(9, 0x100, "www.example.org", "A", 4096, 0)), false);
        var asked = new Outgoing(query, true);
        byte[] alias = Messages.record(Messages.CNAME, 300, new byte[] {3, 'c', 'd', 'n', (byte) 0xc0, 16});
        byte[] opt = {0, 0, 41, 4, (byte) 0xd0, 0, 0, 0, 0, 0, 6, 0, 15, 0, 2, 0, 3};
        byte[] seed = Messages.answer(
                sent,
                0x8180,
                List.of(alias, Messages.address("192.0.2.1", 60), Messages.address("2001:db8::1", 60)),
                List.of(Messages.authority(300, 60), Messages.record(2, 60, new byte[] {2, 'n', 's', (byte) 0xc0, 12})),
                List.of(Messages.record(33, 60, new byte[] {0, 1, 0, 1, 0, 1, (byte) 0xc0, 12}), opt));
        int accepted = 0;
        for (int i = 0; i < ROUNDS; i++) {
            byte[] message = mutated(seed, random);
            if (asked.isAnsweredBy(message, 7)) {
                accepted += pass(query, message) ? 1 : 0;
            }
        }
        assertThat(accepted).isBetween(ROUNDS / 100, ROUNDS / 2);
    }

    private static boolean pass(Query query, byte[] message) {
        Answer answer;
        try {
            answer = AnswerReader.read(message.clone());
        } catch (MalformedAnswerException e) {
            return false;
        } catch (RuntimeException e) {
            throw new AssertionError("answer " + hex(message), e);
        }
        byte[] passed = answer.to(query, 10);
        try {
            Messages.read(passed);
            AnswerReader.addresses(answer);
        } catch (RuntimeException e) {
            throw new AssertionError("passed on " + hex(passed) + " for " + hex(message), e);
        }
        assertThat(passed.length).isLessThanOrEqualTo(4096);
        assertThat(answer.size()).isLessThan(4 * message.length + 1024);
        return true;
    }
}

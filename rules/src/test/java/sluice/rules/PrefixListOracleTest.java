// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sluice.testkit.Scale;

/** Random blocks against a reading that tries one after the other, and ways to write them against the reading of single entries. */
class PrefixListOracleTest {
    private final Random random = new Random(4711);

    /** Few different bits, at both ends, so that blocks nest, touch and reach the end of the address space. */
    private byte[] address() {
        byte[] bytes = new byte[random.nextBoolean() ? 4 : 16];
        bytes[0] = random.nextBoolean() ? (byte) (random.nextInt(4) << 6) : (byte) 0xff;
        bytes[1] = (byte) random.nextInt(3);
        for (int i = 2; i < bytes.length - 1; i++) {
            bytes[i] = (byte) (random.nextInt(8) == 0 ? 0x80 : bytes[0] == -1 ? 0xff : 0);
        }
        bytes[bytes.length - 1] = (byte) random.nextInt();
        return bytes;
    }

    private Prefix prefix() {
        byte[] bytes = address();
        int length = random.nextInt(bytes.length * 8 + 1);
        for (int bit = length; bit < bytes.length * 8; bit++) {
            bytes[bit / 8] &= (byte) ~(0x80 >> bit % 8);
        }
        return new Prefix(IpLiteral.ofBytes(bytes), length);
    }

    @Test
    void aListHoldsTheAddressesOfItsBlocks() {
        int held = 0;
        int others = 0;
        for (int round = 0; round < Scale.of(300, 20_000); round++) {
            List<Prefix> blocks = new ArrayList<>();
            for (int i = random.nextInt(1, random.nextInt(4) == 0 ? 400 : 12); i > 0; i--) {
                blocks.add(prefix());
            }
            var half = new PrefixList.Builder();
            blocks.subList(0, blocks.size() / 2).forEach(half::add);
            var all = new PrefixList.Builder();
            all.add(half.build());
            blocks.subList(blocks.size() / 2, blocks.size()).forEach(all::add);
            var list = all.build();
            assertThat(list.size()).isEqualTo(blocks.size());
            assertThat(list.isLong()).isEqualTo(blocks.size() >= 256);
            assertThat(list.blocks()).hasSize(list.isLong() ? 0 : blocks.size());
            for (int i = 0; i < 50; i++) {
                var address = IpLiteral.ofBytes(address());
                boolean expected = blocks.stream().anyMatch(block -> block.contains(address));
                assertThat(list.contains(address))
                        .as("%s in %s", address, blocks)
                        .isEqualTo(expected);
                held += expected ? 1 : 0;
                others += expected ? 0 : 1;
            }
            for (var block : blocks) {
                assertThat(list.contains(block.network())).isTrue();
                assertThat(list.contains(block.last())).isTrue();
            }
        }
        assertThat(held).isPositive();
        assertThat(others).isPositive();
    }

    @Test
    void theOrderOfBlocksMakesNoDifference() {
        for (int round = 0; round < 100; round++) {
            List<Prefix> blocks = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                blocks.add(prefix());
            }
            var list = PrefixList.of(blocks.toArray(Prefix[]::new));
            Collections.shuffle(blocks, random);
            assertThat(PrefixList.of(blocks.toArray(Prefix[]::new))).isEqualTo(list);
        }
    }

    private static PrefixList parsed(String text) {
        byte[] bytes = ("x" + text + "y").getBytes(StandardCharsets.US_ASCII);
        var entries = new ListEntries.Prefixes();
        return entries.takeUsual(bytes, 1, bytes.length - 1) ? entries.build() : PrefixList.of();
    }

    /** What the quick reading takes it reads as the other one does, which takes all that is right. */
    @Test
    void theUsualFormsAreReadAsEveryOtherOne() {
        var characters = "0123456789abcdefF:./";
        int read = 0;
        for (int round = 0; round < Scale.of(100_000, 5_000_000); round++) {
            var prefix = prefix();
            var text = new StringBuilder(
                    random.nextBoolean() ? prefix.toString() : prefix.network().getHostAddress());
            for (int i = random.nextInt(3); i > 0; i--) {
                int at = random.nextInt(text.length());
                char c = characters.charAt(random.nextInt(characters.length()));
                switch (random.nextInt(3)) {
                    case 0 -> text.setCharAt(at, c);
                    case 1 -> text.insert(at, c);
                    default -> text.deleteCharAt(at);
                }
                if (text.isEmpty()) {
                    text.append(':');
                }
            }
            var quick = parsed(text.toString());
            if (quick.size() > 0) {
                assertThat(quick).as(text.toString()).isEqualTo(PrefixList.of(Prefix.parse(text.toString())));
                read++;
            }
        }
        assertThat(read).isGreaterThan(1000);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "192.0.2.1",
                "0.0.0.0/0",
                "255.255.255.255/32",
                "10.0.0.0/8",
                "::",
                "::/0",
                "::1",
                "1::",
                "2001:db8::/32",
                "2001:DB8:0:0:1::1",
                "1:2:3:4:5:6:7:8",
                "1:2:3:4:5:6:7::",
                "::2:3:4:5:6:7:8",
                "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/127",
                "2001:db8::1/64"
            })
    void usualFormsAreReadQuickly(String text) {
        assertThat(parsed(text)).isEqualTo(PrefixList.of(Prefix.parse(text)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/",
                "1",
                "1.2.3",
                "1.2.3.4.5",
                "1.2.3.256",
                "01.2.3.4",
                "1.2.3.4/33",
                "1.2.3.4/",
                "1.2.3.4/08",
                "10.0.0.1/8",
                ":",
                ":::",
                "1::2::3",
                "1:2:3:4:5:6:7",
                "1:2:3:4:5:6:7:8:9",
                "1:2:3:4:5:6:7:8::",
                "12345::",
                "::/129",
                "::/",
                "1:",
                ":1",
                "::ffff:192.0.2.1",
                "::ffff:c000:201",
                "fe80::1%eth0",
                "1.2.3.4 ",
                "g::"
            })
    void whatIsWrongOrUnusualIsLeftToTheOtherReading(String text) {
        assertThat(parsed(text).size()).isZero();
    }

    @Test
    void addressesBesideABlockAreNotInIt() {
        var list = PrefixList.of(
                Prefix.parse("192.0.2.0/25"), Prefix.parse("192.0.2.128/25"), Prefix.parse("2001:db8::/64"));
        for (var inside : List.of("192.0.2.0", "192.0.2.255", "2001:db8::", "2001:db8::ffff:ffff:ffff:ffff")) {
            assertThat(list.contains(InetAddress.ofLiteral(inside))).as(inside).isTrue();
        }
        for (var outside : List.of("192.0.1.255", "192.0.3.0", "2001:db7:ffff::", "2001:db8:0:1::", "::192.0.2.1")) {
            assertThat(list.contains(InetAddress.ofLiteral(outside)))
                    .as(outside)
                    .isFalse();
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import sluice.linux.IpText;

class PrefixSetTest {
    private static PrefixSet merge(String... prefixes) {
        return PrefixSet.merge(Stream.of(prefixes).map(Prefix::parse).toList());
    }

    @Test
    void mergesOverlappingAndAdjacentBlocks() {
        assertThat(merge("10.0.0.0/8", "10.1.0.0/16", "11.0.0.0/8", "192.0.2.1").ipv4())
                .extracting(Interval::toString)
                .containsExactly("10.0.0.0-11.255.255.255", "192.0.2.1-192.0.2.1");
    }

    @Test
    void reachesTheTopOfTheAddressSpace() {
        PrefixSet set = merge("240.0.0.0/4", "255.255.255.255", "ffff::/16");
        assertThat(set.ipv4()).extracting(Interval::toString).containsExactly("240.0.0.0-255.255.255.255");
        assertThat(set.ipv4().getFirst().afterLast()).isEmpty();
        assertThat(set.ipv6().getFirst().afterLast()).isEmpty();
    }

    @Test
    void everythingSwallowsTheRest() {
        PrefixSet set = merge("0.0.0.0/0", "127.0.0.0/8", "::/0", "::1");
        assertThat(set.ipv4()).extracting(Interval::toString).containsExactly("0.0.0.0-255.255.255.255");
        assertThat(set.ipv6())
                .extracting(Interval::toString)
                .containsExactly("::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
    }

    @Test
    void halfOpenEndIsTheNextAddress() {
        assertThat(merge("10.0.0.0/8")
                        .ipv4()
                        .getFirst()
                        .afterLast()
                        .orElseThrow()
                        .getHostAddress())
                .isEqualTo("11.0.0.0");
        assertThat(IpText.of(merge("::/80").ipv6().getFirst().afterLast().orElseThrow()))
                .isEqualTo("::1:0:0:0");
    }

    static IntStream seeds() {
        return IntStream.range(0, 50);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void containsExactlyWhatTheBlocksContainInTheFewestIntervals(int seed) {
        var random = new Random(seed);
        boolean ipv6 = seed % 2 == 1;
        List<Prefix> prefixes = new ArrayList<>();
        for (int i = random.nextInt(12); i >= 0; i--) {
            prefixes.add(prefix(random, ipv6));
        }
        PrefixSet set = PrefixSet.merge(prefixes);
        List<Interval> intervals = ipv6 ? set.ipv6() : set.ipv4();
        for (int low = 0; low < 256; low++) {
            for (int top : new int[] {0, 255}) {
                InetAddress address = address(ipv6, top, low);
                assertThat(set.contains(address))
                        .as("%s in %s", address, prefixes)
                        .isEqualTo(prefixes.stream().anyMatch(p -> p.contains(address)));
            }
        }
        for (int i = 1; i < intervals.size(); i++) {
            byte[] gap = intervals.get(i - 1).afterLast().orElseThrow().getAddress();
            assertThat(java.util.Arrays.compareUnsigned(
                            gap, intervals.get(i).first().getAddress()))
                    .isNegative();
        }
        Collections.shuffle(prefixes, random);
        assertThat(PrefixSet.merge(prefixes)).isEqualTo(set);
        assertThat(prefixes).allMatch(set::covers);
    }

    /** A block within the lowest or the highest 256 addresses. */
    private static Prefix prefix(Random random, boolean ipv6) {
        int bits = ipv6 ? 128 : 32;
        int length = bits - random.nextInt(9);
        int low = random.nextInt(256) & -(1 << (bits - length));
        return new Prefix(address(ipv6, random.nextBoolean() ? 0 : 255, low), length);
    }

    private static InetAddress address(boolean ipv6, int top, int low) {
        byte[] bytes = new byte[ipv6 ? 16 : 4];
        java.util.Arrays.fill(bytes, (byte) top);
        bytes[bytes.length - 1] = (byte) low;
        return IpLiteral.ofBytes(bytes);
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.math.BigInteger;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * Blocks of addresses as the fewest intervals: in order, without overlap, never adjacent.
 *
 * @param ipv4 intervals of IPv4 addresses
 * @param ipv6 intervals of IPv6 addresses
 */
public record PrefixSet(List<Interval> ipv4, List<Interval> ipv6) {
    /** Keeps unmodifiable lists. */
    public PrefixSet {
        ipv4 = List.copyOf(ipv4);
        ipv6 = List.copyOf(ipv6);
    }

    /** Merges blocks in any order, overlapping or not. */
    public static PrefixSet merge(Collection<Prefix> prefixes) {
        return new PrefixSet(
                merge(prefixes.stream().filter(Prefix::isIpv4).toList(), 4),
                merge(prefixes.stream().filter(p -> !p.isIpv4()).toList(), 16));
    }

    /** Whether an address lies in one of the intervals. */
    public boolean contains(InetAddress address) {
        for (Interval interval : address.getAddress().length == 4 ? ipv4 : ipv6) {
            if (interval.contains(address)) {
                return true;
            }
        }
        return false;
    }

    /** Whether every address of a block lies in one of the intervals. */
    public boolean covers(Prefix prefix) {
        for (Interval interval : prefix.isIpv4() ? ipv4 : ipv6) {
            if (interval.contains(prefix.network()) && interval.contains(prefix.last())) {
                return true;
            }
        }
        return false;
    }

    private static List<Interval> merge(List<Prefix> family, int bytes) {
        List<Prefix> sorted = family.stream()
                .sorted(Comparator.comparing(Prefix::firstNumber))
                .toList();
        List<Interval> merged = new ArrayList<>();
        BigInteger first = null;
        BigInteger last = BigInteger.ZERO;
        for (Prefix prefix : sorted) {
            if (first != null && prefix.firstNumber().compareTo(last.add(BigInteger.ONE)) <= 0) {
                last = last.max(prefix.lastNumber());
                continue;
            }
            if (first != null) {
                merged.add(Interval.of(first, last, bytes));
            }
            first = prefix.firstNumber();
            last = prefix.lastNumber();
        }
        if (first != null) {
            merged.add(Interval.of(first, last, bytes));
        }
        return merged;
    }
}

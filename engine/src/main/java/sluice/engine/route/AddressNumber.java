// SPDX-License-Identifier: Apache-2.0
package sluice.engine.route;

import java.net.Inet4Address;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;
import sluice.engine.flow.Destination;
import sluice.rules.PrefixList;

/** An address as unsigned numbers; an IPv4 address is in {@code high} alone. */
record AddressNumber(boolean isIpv4, long high, long low) {
    /** Where a flow goes; null if that address is made up, so that no block holds it. */
    static @Nullable AddressNumber of(Destination destination) {
        return destination.isMadeUp() ? null : of(destination.endpoint().address());
    }

    static AddressNumber of(InetAddress address) {
        byte[] bytes = address.getAddress();
        return address instanceof Inet4Address
                ? new AddressNumber(true, number(bytes, 0, Integer.BYTES), 0)
                : new AddressNumber(false, number(bytes, 0, Long.BYTES), number(bytes, Long.BYTES, Long.BYTES));
    }

    /** Whether it lies in a block of a list. */
    boolean isIn(PrefixList list) {
        return isIpv4 ? list.containsIpv4((int) high) : list.containsIpv6(high, low);
    }

    private static long number(byte[] bytes, int start, int length) {
        long number = 0;
        for (int i = start; i < start + length; i++) {
            number = number << 8 | (bytes[i] & 0xff);
        }
        return number;
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.rules;

import java.util.Arrays;

/**
 * Reads blocks of addresses in their usual forms, as nearly all in long lists are, without making objects. What it does not take is left to {@link
 * Prefix#parse}, which knows all forms and says what is wrong. One thread.
 */
final class PrefixParser {
    private static final int GROUPS = 8;

    private final int[] groups = new int[GROUPS];
    private byte[] bytes = {};
    private int at;
    private int end;

    private boolean ipv4;
    private long high;
    private long low;
    private int length;

    /** Whether these bytes were read; then the other methods tell what they say. */
    boolean parse(byte[] from, int start, int stop) {
        bytes = from;
        at = start;
        end = stop;
        ipv4 = isIpv4();
        int bits = ipv4 ? Integer.SIZE : 2 * Long.SIZE;
        if (!(ipv4 ? address4() : address6())) {
            return false;
        }
        length = at == end ? bits : prefixLength();
        if (length < 0 || length > bits) {
            return false;
        }
        return ipv4 ? (high & hostBits4()) == 0 : clearHostBits();
    }

    boolean ipv4() {
        return ipv4;
    }

    /** First address of an IPv4 block, in the lower half; the upper half of that of an IPv6 block. */
    long high() {
        return high;
    }

    /** The lower half of the first address of an IPv6 block. */
    long low() {
        return low;
    }

    /** Prefix length. */
    int length() {
        return length;
    }

    private boolean isIpv4() {
        for (int i = at; i < end && i < at + 5; i++) {
            if (bytes[i] == '.') {
                return true;
            }
        }
        return false;
    }

    private long hostBits4() {
        return 0xffff_ffffL >>> length;
    }

    private boolean clearHostBits() {
        high &= ~hostBits(length);
        low &= ~hostBits(length - Long.SIZE);
        // IPv4-mapped ones are refused.
        return high != 0 || low >>> Integer.SIZE != 0xffff;
    }

    /** The bits of 64 that come after so many: all for none and fewer, none from 64 on. */
    static long hostBits(int length) {
        return length <= 0 ? -1 : length >= Long.SIZE ? 0 : -1L >>> length;
    }

    private boolean address4() {
        high = 0;
        for (int part = 0; part < 4; part++) {
            if (part > 0 && (at == end || bytes[at++] != '.')) {
                return false;
            }
            int number = number(255);
            if (number < 0) {
                return false;
            }
            high = high << Byte.SIZE | number;
        }
        return at == end || bytes[at] == '/';
    }

    /** A decimal number without leading zeros; -1: there is none, or a larger one. */
    private int number(int most) {
        int first = at;
        int number = 0;
        while (at < end && bytes[at] >= '0' && bytes[at] <= '9') {
            number = number * 10 + bytes[at++] - '0';
            if (number > most) {
                return -1;
            }
        }
        boolean padded = at - first > 1 && bytes[first] == '0';
        return at == first || padded ? -1 : number;
    }

    private int prefixLength() {
        at++;
        int number = number(2 * Long.SIZE);
        return at == end ? number : -1;
    }

    private boolean address6() {
        int count = 0;
        int gap = -1;
        if (isAt(':')) {
            at++;
            if (!isAt(':')) {
                return false;
            }
            at++;
            gap = 0;
        }
        boolean more = at < end && bytes[at] != '/';
        while (more) {
            int group = group();
            if (group < 0 || count == GROUPS) {
                return false;
            }
            groups[count++] = group;
            more = isAt(':');
            if (more) {
                at++;
                if (isAt(':') && gap < 0) {
                    at++;
                    gap = count;
                    more = at < end && bytes[at] != '/';
                }
            }
        }
        if ((at < end && bytes[at] != '/') || (gap < 0 ? count != GROUPS : count == GROUPS)) {
            return false;
        }
        openGap(gap < 0 ? count : gap, count);
        return true;
    }

    private boolean isAt(char c) {
        return at < end && bytes[at] == c;
    }

    /** A hexadecimal number of one to four digits; -1: there is none, or a longer one. */
    private int group() {
        int first = at;
        int group = 0;
        for (int digit; at < end && (digit = Character.digit(bytes[at], 16)) >= 0; at++) {
            group = group << 4 | digit;
        }
        return at == first || at - first > 4 ? -1 : group;
    }

    /** Puts zeros in the place of a double colon, and all groups into two numbers. */
    private void openGap(int gap, int count) {
        int tail = count - gap;
        System.arraycopy(groups, gap, groups, GROUPS - tail, tail);
        Arrays.fill(groups, gap, GROUPS - tail, 0);
        high = half(0);
        low = half(GROUPS / 2);
    }

    private long half(int first) {
        long half = 0;
        for (int i = first; i < first + GROUPS / 2; i++) {
            half = half << Short.SIZE | groups[i];
        }
        return half;
    }
}

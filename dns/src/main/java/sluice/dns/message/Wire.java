// SPDX-License-Identifier: Apache-2.0
package sluice.dns.message;

/** What a message looks like (RFC 1035 section 4, RFC 6891 section 6). */
public final class Wire {
    /** Length of a header. */
    public static final int HEADER = 12;
    /** Longest message: TCP has 16 bits for its length. */
    public static final int LONGEST = 0xffff;
    /** What we can take over UDP without fragments (dnsflagday.net/2020). */
    public static final int UDP_SIZE = 1232;

    /** Host address. */
    public static final int A = 1;
    /** Name server. */
    public static final int NS = 2;
    /** Canonical name. */
    public static final int CNAME = 5;
    /** Start of authority. */
    public static final int SOA = 6;
    /** Name of an address. */
    public static final int PTR = 12;
    /** Mail exchange. */
    public static final int MX = 15;
    /** IPv6 address. */
    public static final int AAAA = 28;
    /** Service (RFC 2782). */
    public static final int SRV = 33;
    /** Canonical names of everything below (RFC 6672). */
    public static final int DNAME = 39;
    /** EDNS (RFC 6891). */
    public static final int OPT = 41;
    /** Where a service is, and how it is spoken to (RFC 9460). */
    public static final int SVCB = 64;
    /** The same of a web site. */
    public static final int HTTPS = 65;
    /** Incremental zone transfer (RFC 1995). */
    public static final int IXFR = 251;
    /** Zone transfer (RFC 5936). */
    public static final int AXFR = 252;
    /** All types (RFC 8482). */
    public static final int ANY = 255;
    /** The Internet's class. */
    public static final int IN = 1;

    /** Answered. */
    public static final int NOERROR = 0;
    /** The query was not understood. */
    public static final int FORMERR = 1;
    /** Nobody could answer. */
    public static final int SERVFAIL = 2;
    /** There is no such name. */
    public static final int NXDOMAIN = 3;
    /** Not a kind of query that is answered. */
    public static final int NOTIMP = 4;
    /** Not for this one. */
    public static final int REFUSED = 5;
    /** A version of EDNS that is not known. */
    public static final int BADVERS = 16;

    // Bits of the header's third and fourth byte.
    static final int QR = 0x80;
    static final int OPCODE = 0x78;
    static final int AA = 0x04;
    static final int TC = 0x02;
    static final int RD = 0x01;
    static final int RA = 0x80;
    static final int AD = 0x20;
    static final int CD = 0x10;
    static final int RCODE = 0x0f;

    static final int LONGEST_LABEL = 63;
    static final int LONGEST_NAME = 255;
    static final int POINTER = 0xc0;
    static final int QUESTION_TAIL = 4;
    static final int RECORD_TAIL = 10;
    static final int OPT_LENGTH = 11;
    static final int DO = 0x80;

    /** Option of OPT: why something failed (RFC 8914). */
    static final int EXTENDED_ERROR = 15;

    private Wire() {}

    /** Sixteen bits. */
    public static int unsignedShort(byte[] bytes, int at) {
        return (bytes[at] & 0xff) << 8 | (bytes[at + 1] & 0xff);
    }

    /** Sets sixteen bits. */
    public static void putShort(byte[] bytes, int at, int value) {
        bytes[at] = (byte) (value >>> 8);
        bytes[at + 1] = (byte) value;
    }

    static int integer(byte[] bytes, int at) {
        return unsignedShort(bytes, at) << 16 | unsignedShort(bytes, at + 2);
    }

    static void putInteger(byte[] bytes, int at, int value) {
        putShort(bytes, at, value >>> 16);
        putShort(bytes, at + 2, value);
    }

    /** Letters of ASCII only (RFC 4343); lengths of labels are no letters. */
    static byte lower(byte b) {
        return b >= 'A' && b <= 'Z' ? (byte) (b + 'a' - 'A') : b;
    }

    /**
     * Where a name ends that starts somewhere, in a message that ends somewhere; -1 if it is none, or one of more than 255 bytes.
     *
     * @param compressed whether it may end in a pointer, which is not followed
     */
    static int endOfName(byte[] bytes, int start, int end, boolean compressed) {
        int at = start;
        while (at < end && at - start < LONGEST_NAME) {
            int length = bytes[at] & 0xff;
            if (length == 0) {
                return at + 1;
            }
            if (length > LONGEST_LABEL) {
                return compressed && length >= POINTER && at + 2 <= end ? at + 2 : -1;
            }
            at += 1 + length;
        }
        return -1;
    }

    /**
     * Whether a name leads through pointers to its end, each to what stands in front of it (RFC 1035 section 4.1.4): then it stays whole when the
     * message is cut behind it.
     */
    static boolean isWhole(byte[] bytes, int start) {
        int first = start;
        int limit = bytes.length;
        for (int at = start; at < limit; ) {
            int length = bytes[at] & 0xff;
            if (length == 0) {
                return true;
            }
            if (length <= LONGEST_LABEL) {
                at += 1 + length;
                continue;
            }
            at = length >= POINTER && at + 1 < limit ? unsignedShort(bytes, at) & 0x3fff : first;
            if (at >= first) {
                return false;
            }
            limit = first;
            first = at;
        }
        return false;
    }
}

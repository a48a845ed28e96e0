// SPDX-License-Identifier: Apache-2.0
package sluice.dns.message;

import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A well-formed query with one question. Immutable, but for what is computed when it is first needed. */
public final class Query implements Incoming {
    private static final Ignored IGNORED = new Ignored();
    private static final int SMALLEST_UDP = 512;

    /** Odd, and nobody's to know: applications choose names, and must not choose ones that collide. */
    private static final long FACTOR = new SecureRandom().nextLong() | 1;

    /** A datagram on this machine: nothing has to be cut into fragments, and loopback takes it. */
    private static final int LARGEST_UDP = 0xffff - 48;

    private final byte[] bytes;
    private final int nameEnd;
    private final int hash;

    /** What its EDNS says; 0 without. */
    private final int udpSize;

    private final boolean edns;
    private final boolean dnssecOk;
    private final boolean overTcp;
    private @Nullable String name;

    private Query(byte[] bytes, int nameEnd, Edns edns, boolean overTcp) {
        this.bytes = bytes;
        this.nameEnd = nameEnd;
        this.edns = edns.opt >= 0;
        this.udpSize = this.edns ? Wire.unsignedShort(bytes, edns.opt + 3) : 0;
        this.dnssecOk = this.edns && (bytes[edns.opt + 7] & Wire.DO) != 0;
        this.overTcp = overTcp;
        long mixed = (long) type() << 16 | flags();
        for (int i = Wire.HEADER; i < nameEnd; i++) {
            mixed = (mixed ^ Wire.lower(bytes[i]) ^ FACTOR) * FACTOR;
            mixed ^= mixed >>> 32;
        }
        hash = (int) mixed;
    }

    private Query(byte[] bytes, Query other) {
        this.bytes = bytes;
        nameEnd = other.nameEnd;
        edns = other.edns;
        udpSize = other.udpSize;
        dnssecOk = other.dnssecOk;
        overTcp = other.overTcp;
        hash = other.hash;
    }

    /** Where the OPT record is: its offset, or -1; or why there is none that is understood. */
    private record Edns(int opt, boolean valid) {
        static final Edns NONE = new Edns(-1, true);
        static final Edns INVALID = new Edns(-1, false);
    }

    /** A query of our own, with EDNS and recursion desired. */
    public static Query of(String name, int type) {
        return of(Names.wire(name), type);
    }

    /** The same of a name that is in wire form. */
    public static Query of(byte[] name, int type) {
        int nameEnd = Wire.HEADER + name.length;
        var bytes = new byte[nameEnd + Wire.QUESTION_TAIL];
        bytes[2] = Wire.RD;
        bytes[5] = 1;
        System.arraycopy(name, 0, bytes, Wire.HEADER, name.length);
        Wire.putShort(bytes, nameEnd, type);
        Wire.putShort(bytes, nameEnd + 2, Wire.IN);
        return new Query(bytes, nameEnd, Edns.NONE, true);
    }

    /**
     * Reads an application's message, from position to limit.
     *
     * @param overTcp whether the answer may have 65,535 bytes
     */
    public static Incoming read(ByteBuffer message, boolean overTcp) {
        int length = message.remaining();
        if (length < Wire.HEADER || length > Wire.LONGEST) {
            return IGNORED;
        }
        var bytes = new byte[length];
        message.get(message.position(), bytes);
        if ((bytes[2] & Wire.QR) != 0) {
            return IGNORED;
        }
        if ((bytes[2] & Wire.OPCODE) != 0) {
            return rejected(bytes, Wire.NOTIMP);
        }
        int nameEnd = Wire.endOfName(bytes, Wire.HEADER, length, false);
        if (Wire.unsignedShort(bytes, 4) != 1 || nameEnd < 0 || nameEnd + Wire.QUESTION_TAIL > length) {
            return rejected(bytes, Wire.FORMERR);
        }
        var edns = edns(bytes, nameEnd + Wire.QUESTION_TAIL);
        if (!edns.valid) {
            return rejected(bytes, Wire.FORMERR);
        }
        var query = new Query(bytes, nameEnd, edns, overTcp);
        if (edns.opt >= 0 && bytes[edns.opt + 6] != 0) {
            return new Rejected(Wire.BADVERS, Reply.error(query, Wire.BADVERS));
        }
        boolean transfer = query.type() == Wire.AXFR || query.type() == Wire.IXFR;
        return transfer ? new Rejected(Wire.NOTIMP, Reply.error(query, Wire.NOTIMP)) : query;
    }

    private static Rejected rejected(byte[] bytes, int rcode) {
        var answer = new byte[Wire.HEADER];
        answer[0] = bytes[0];
        answer[1] = bytes[1];
        answer[2] = (byte) (Wire.QR | (bytes[2] & (Wire.OPCODE | Wire.RD)));
        answer[3] = (byte) rcode;
        return new Rejected(rcode, answer);
    }

    /** Walks over all records; there may be one OPT, and nothing behind the last one. */
    private static Edns edns(byte[] bytes, int start) {
        int answers = Wire.unsignedShort(bytes, 6) + Wire.unsignedShort(bytes, 8);
        int records = answers + Wire.unsignedShort(bytes, 10);
        int opt = -1;
        int at = start;
        for (int i = 0; i < records; i++) {
            int tail = Wire.endOfName(bytes, at, bytes.length, true);
            if (tail < 0 || tail + Wire.RECORD_TAIL > bytes.length) {
                return Edns.INVALID;
            }
            if (Wire.unsignedShort(bytes, tail) == Wire.OPT) {
                if (opt >= 0 || bytes[at] != 0 || i < answers) {
                    return Edns.INVALID;
                }
                opt = at;
            }
            at = tail + Wire.RECORD_TAIL + Wire.unsignedShort(bytes, tail + Wire.RECORD_TAIL - 2);
            if (at > bytes.length) {
                return Edns.INVALID;
            }
        }
        if (at != bytes.length) {
            return Edns.INVALID;
        }
        return opt < 0 ? Edns.NONE : new Edns(opt, true);
    }

    /** What makes answers differ, beside name, type and class: RD, CD, AD and DO. */
    public int flags() {
        return (bytes[2] & Wire.RD) | (bytes[3] & (Wire.CD | Wire.AD)) | (dnssecOk ? Wire.DO : 0);
    }

    /** Type that is asked for. */
    public int type() {
        return Wire.unsignedShort(bytes, nameEnd);
    }

    /** Class that is asked for. */
    public int dnsClass() {
        return Wire.unsignedShort(bytes, nameEnd + 2);
    }

    /** The name as text, see {@link Names#text}. */
    public String name() {
        if (name == null) {
            name = Names.text(bytes, Wire.HEADER);
        }
        return name;
    }

    /** Whether it speaks EDNS. */
    public boolean edns() {
        return edns;
    }

    /** Whether it wants DNSSEC's records. */
    public boolean dnssecOk() {
        return dnssecOk;
    }

    /** Longest answer that it takes. */
    public int limit() {
        return overTcp ? Wire.LONGEST : Math.clamp(udpSize, SMALLEST_UDP, LARGEST_UDP);
    }

    /** Whether another one asks the same, so that one answer is good for both. */
    public boolean asksTheSame(Query other) {
        return hash == other.hash && flags() == other.flags() && asks(other.bytes);
    }

    /** Whether a message has this question, whatever the case of its letters. */
    public boolean asks(byte[] message) {
        int end = nameEnd + Wire.QUESTION_TAIL;
        if (message.length < end) {
            return false;
        }
        for (int i = Wire.HEADER; i < nameEnd; i++) {
            if (Wire.lower(bytes[i]) != Wire.lower(message[i])) {
                return false;
            }
        }
        return Arrays.equals(bytes, nameEnd, end, message, nameEnd, end);
    }

    /** Of what {@link #asksTheSame} compares. */
    public int hash() {
        return hash;
    }

    /** The same question without what comes behind it, to be kept. */
    public Query alone() {
        int end = nameEnd + Wire.QUESTION_TAIL;
        return new Query(Arrays.copyOf(bytes, end), this);
    }

    /** What it takes in memory, about. */
    public int size() {
        return 48 + bytes.length;
    }

    /** The name in wire form. */
    byte[] nameBytes() {
        return Arrays.copyOfRange(bytes, Wire.HEADER, nameEnd);
    }

    /** Where the name ends, and type and class follow. */
    int nameEnd() {
        return nameEnd;
    }

    /** The message, not to be changed. */
    byte[] bytes() {
        return bytes;
    }
}

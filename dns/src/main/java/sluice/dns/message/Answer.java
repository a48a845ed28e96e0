// SPDX-License-Identifier: Apache-2.0
package sluice.dns.message;

import java.util.Arrays;

/**
 * A server's answer, ready to be given to anybody who asks the same: its bytes as they came, without the server's EDNS, and where its TTLs are.
 * Immutable.
 */
public final class Answer {
    /** Object headers and fields, about. */
    private static final int OVERHEAD = 96;

    private final byte[] bytes;
    private final char[] ttls;
    private final int rcode;
    private final byte[] errors;
    private final int lifetime;
    private final String failure;

    /**
     * Keeps what it is given.
     *
     * @param bytes the message up to its OPT record, with as many additional records in the header
     * @param ttls where TTLs are
     * @param rcode with the upper bits that EDNS has
     * @param errors the server's extended errors as options, in wire form
     * @param lifetime for how many seconds it may be remembered
     */
    Answer(byte[] bytes, char[] ttls, int rcode, byte[] errors, int lifetime) {
        this(bytes, ttls, rcode, errors, lifetime, "");
    }

    private Answer(byte[] bytes, char[] ttls, int rcode, byte[] errors, int lifetime, String failure) {
        this.bytes = bytes;
        this.ttls = ttls;
        this.rcode = rcode;
        this.errors = errors;
        this.lifetime = lifetime;
        this.failure = failure;
    }

    /**
     * An answer that nobody could be found for, remembered for some seconds (RFC 9520).
     *
     * @param reason in words for people; not empty
     */
    public static Answer failure(Query query, int lifetime, String reason) {
        byte[] bytes = Reply.error(Query.of(query.nameBytes(), query.type()), Wire.SERVFAIL);
        Wire.putShort(bytes, bytes.length - 2, query.dnsClass());
        byte[] errors = ExtendedError.NO_REACHABLE_AUTHORITY.option(reason);
        return new Answer(bytes, new char[0], Wire.SERVFAIL, errors, lifetime, reason);
    }

    /** The message for one who asks, as fresh as it came. */
    public byte[] to(Query query) {
        return to(query, 0, 0, errors);
    }

    /** The message for one who asks some seconds later. */
    public byte[] to(Query query, int age) {
        byte[] message = to(query, age, 0, errors);
        message[2] &= ~Wire.AA;
        return message;
    }

    /** The message for one who asks when its time is over (RFC 8767). */
    public byte[] staleTo(Query query, int ttl) {
        byte[] message = to(query, Integer.MAX_VALUE, ttl, ExtendedError.STALE.option());
        message[2] &= ~Wire.AA;
        return message;
    }

    private byte[] to(Query query, int age, int least, byte[] options) {
        int opt = query.edns() ? Wire.OPT_LENGTH + options.length : 0;
        if (bytes.length + opt > query.limit()) {
            return Reply.truncated(query);
        }
        byte[] message = Arrays.copyOf(bytes, bytes.length + opt);
        byte[] asked = query.bytes();
        message[0] = asked[0];
        message[1] = asked[1];
        message[2] = (byte) ((message[2] & ~Wire.RD) | (asked[2] & Wire.RD));
        System.arraycopy(asked, Wire.HEADER, message, Wire.HEADER, query.nameEnd() - Wire.HEADER);
        for (int at : ttls) {
            Wire.putInteger(message, at, Math.max(least, Wire.integer(message, at) - age));
        }
        Reply.endWithOpt(message, query, rcode, options);
        return message;
    }

    /** The message as it came, but without EDNS; not to be changed. */
    byte[] bytes() {
        return bytes;
    }

    /** Whether it answers this one. */
    public boolean answers(Query query) {
        return query.asks(bytes);
    }

    /** Whether it says what there is: no failure. */
    public boolean isUseful() {
        return rcode == Wire.NOERROR || rcode == Wire.NXDOMAIN;
    }

    /** Code, with the upper bits that EDNS has. */
    public int rcode() {
        return rcode;
    }

    /** Why nobody answered; empty where somebody did. */
    public String failure() {
        return failure;
    }

    /** For how many seconds it may be remembered. */
    public int lifetime() {
        return lifetime;
    }

    /** The name that was asked for, see {@link Names#text}. */
    public String name() {
        return Names.text(bytes, Wire.HEADER);
    }

    /** The type that was asked for. */
    public int type() {
        return Wire.unsignedShort(bytes, Wire.endOfName(bytes, Wire.HEADER, bytes.length, false));
    }

    /** What it takes in memory, about. */
    public int size() {
        return OVERHEAD + bytes.length + 2 * ttls.length + errors.length + failure.length();
    }
}

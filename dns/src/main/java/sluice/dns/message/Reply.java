// SPDX-License-Identifier: Apache-2.0
package sluice.dns.message;

import java.util.Arrays;

/** Answers of our own making. */
public final class Reply {
    private static final byte[] NOTHING = {};
    private static final int POINTER_TO_QUESTION = Wire.POINTER << 8 | Wire.HEADER;

    private Reply() {}

    /** Nothing but a code. */
    public static byte[] error(Query query, int rcode) {
        return empty(query, rcode, NOTHING);
    }

    /** A code and why. */
    public static byte[] error(Query query, int rcode, ExtendedError why) {
        return empty(query, rcode, why.option());
    }

    private static byte[] empty(Query query, int rcode, byte[] options) {
        var bytes = new byte[length(query, 0, options)];
        begin(bytes, query, rcode, 0);
        endWithOpt(bytes, query, rcode, options);
        return bytes;
    }

    /** Nothing but the flag that says: ask over TCP. */
    static byte[] truncated(Query query) {
        byte[] bytes = error(query, Wire.NOERROR);
        bytes[2] |= Wire.TC;
        return bytes;
    }

    /**
     * An address of the name.
     *
     * @param address of the type that was asked for
     * @param ttl in seconds
     */
    public static byte[] address(Query query, byte[] address, int ttl) {
        return record(query, query.type(), ttl, address);
    }

    /** The name of the address that was asked for. */
    public static byte[] pointer(Query query, String name, int ttl) {
        return record(query, Wire.PTR, ttl, Names.wire(name));
    }

    private static byte[] record(Query query, int type, int ttl, byte[] data) {
        var bytes = new byte[length(query, 2 + Wire.RECORD_TAIL + data.length, NOTHING)];
        begin(bytes, query, Wire.NOERROR, 1);
        int at = query.nameEnd() + Wire.QUESTION_TAIL;
        Wire.putShort(bytes, at, POINTER_TO_QUESTION);
        Wire.putShort(bytes, at + 2, type);
        Wire.putShort(bytes, at + 4, Wire.IN);
        Wire.putInteger(bytes, at + 6, ttl);
        Wire.putShort(bytes, at + 10, data.length);
        System.arraycopy(data, 0, bytes, at + 12, data.length);
        endWithOpt(bytes, query, Wire.NOERROR, NOTHING);
        return bytes;
    }

    /** The code of a message, as far as its header has it. */
    public static int rcode(byte[] message) {
        return message[3] & Wire.RCODE;
    }

    private static int length(Query query, int records, byte[] options) {
        int opt = query.edns() ? Wire.OPT_LENGTH + options.length : 0;
        return query.nameEnd() + Wire.QUESTION_TAIL + records + opt;
    }

    private static void begin(byte[] bytes, Query query, int rcode, int answers) {
        System.arraycopy(query.bytes(), 0, bytes, 0, query.nameEnd() + Wire.QUESTION_TAIL);
        Arrays.fill(bytes, 2, Wire.HEADER, (byte) 0);
        bytes[2] = (byte) (Wire.QR | (query.bytes()[2] & Wire.RD));
        bytes[3] = (byte) (Wire.RA | (query.bytes()[3] & Wire.CD) | (rcode & Wire.RCODE));
        bytes[5] = 1;
        Wire.putShort(bytes, 6, answers);
    }

    /** Fills the end of a message, for which there is room, with what our side of EDNS says; nothing where the application does not speak it. */
    static void endWithOpt(byte[] bytes, Query query, int rcode, byte[] options) {
        if (query.edns()) {
            int at = bytes.length - Wire.OPT_LENGTH - options.length;
            Wire.putShort(bytes, at + 1, Wire.OPT);
            Wire.putShort(bytes, at + 3, Wire.UDP_SIZE);
            bytes[at + 5] = (byte) (rcode >>> 4);
            bytes[at + 7] = (byte) (query.dnssecOk() ? Wire.DO : 0);
            Wire.putShort(bytes, at + 9, options.length);
            System.arraycopy(options, 0, bytes, at + Wire.OPT_LENGTH, options.length);
            Wire.putShort(bytes, 10, Wire.unsignedShort(bytes, 10) + 1);
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.dns.message;

import java.util.Arrays;

/** A query to a server: the application's question and flags under another id, with EDNS of our own. Immutable. */
public final class Outgoing {
    private final Query query;
    private final byte[] bytes;

    /**
     * For what an application asks.
     *
     * @param edns false for servers that do not know it
     */
    public Outgoing(Query query, boolean edns) {
        this.query = query;
        int end = query.nameEnd() + Wire.QUESTION_TAIL;
        bytes = Arrays.copyOf(query.bytes(), end + (edns ? Wire.OPT_LENGTH : 0));
        Arrays.fill(bytes, 0, Wire.HEADER, (byte) 0);
        bytes[2] = (byte) (query.bytes()[2] & Wire.RD);
        bytes[3] = (byte) (query.bytes()[3] & (Wire.AD | Wire.CD));
        bytes[5] = 1;
        if (edns) {
            bytes[11] = 1;
            Wire.putShort(bytes, end + 1, Wire.OPT);
            Wire.putShort(bytes, end + 3, Wire.UDP_SIZE);
            bytes[end + 7] = (byte) (query.dnssecOk() ? Wire.DO : 0);
        }
    }

    /** The message under an id, the caller's. */
    public byte[] bytes(int id) {
        byte[] message = bytes.clone();
        Wire.putShort(message, 0, id);
        return message;
    }

    /**
     * The message under an id, with letters in upper case where there are ones among some bits (draft-vixie-dnsext-dns0x20): whoever has not seen
     * it has to guess them.
     */
    public byte[] bytes(int id, byte[] bits) {
        byte[] message = bytes(id);
        for (int i = Wire.HEADER; i < query.nameEnd(); i++) {
            byte lower = Wire.lower(message[i]);
            boolean upper = (bits[i / 8 % bits.length] >> i % 8 & 1) != 0;
            message[i] = upper && lower >= 'a' && lower <= 'z' ? (byte) (lower - 'a' + 'A') : lower;
        }
        return message;
    }

    /** Whether a message is the answer to one that was sent, if its letters are let be. */
    public boolean isAnsweredBy(byte[] message, int id) {
        return message.length >= Wire.HEADER
                && Wire.unsignedShort(message, 0) == id
                && (message[2] & Wire.QR) != 0
                && (message[2] & Wire.OPCODE) == 0
                && (isFormatError(message) || (Wire.unsignedShort(message, 4) == 1 && query.asks(message)));
    }

    /** Servers that do not know EDNS may answer with nothing but a header. */
    private static boolean isFormatError(byte[] message) {
        return message.length == Wire.HEADER
                && (message[3] & Wire.RCODE) == Wire.FORMERR
                && Wire.unsignedShort(message, 4) == 0;
    }

    /** Whether an answer's letters are those that were sent. */
    public boolean hasSameLetters(byte[] sent, byte[] answer) {
        int end = query.nameEnd();
        return answer.length == Wire.HEADER || Arrays.equals(sent, Wire.HEADER, end, answer, Wire.HEADER, end);
    }

    /** Whether a server says that there is more than fits. */
    public static boolean isTruncated(byte[] answer) {
        return (answer[2] & Wire.TC) != 0;
    }

    /** Whether a server may just not know EDNS (RFC 6891 section 7). */
    public static boolean isWithoutEdns(byte[] answer) {
        int rcode = answer[3] & Wire.RCODE;
        return (rcode == Wire.FORMERR || rcode == Wire.NOTIMP) && Wire.unsignedShort(answer, 10) == 0;
    }
}

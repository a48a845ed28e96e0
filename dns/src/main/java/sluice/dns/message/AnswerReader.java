// SPDX-License-Identifier: Apache-2.0
package sluice.dns.message;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.dns.DefaultDnsRecordDecoder;
import io.netty.handler.codec.dns.DnsRecord;
import io.netty.handler.codec.dns.DnsRecordType;
import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Reads a server's answer with Netty's codec, and checks that what it would pass on are records. One for each message. */
public final class AnswerReader extends DefaultDnsRecordDecoder {
    /** Longest lifetime, whatever the server says. */
    private static final int DAY = 86_400;

    /** RFC 2308 section 5 recommends one to three hours. */
    private static final int HOUR = 3_600;

    /** RFC 9520 section 3.2. */
    private static final int FAILURE = 5;

    private static final int FEW_RECORDS = 16;
    private static final int MOST_RECORDS = 4_096;

    private final byte[] bytes;
    private char[] ttls = new char[FEW_RECORDS];
    private final List<InetAddress> addresses = new ArrayList<>();
    private final ByteArrayOutputStream errors = new ByteArrayOutputStream();
    private int ttlCount;
    private int least = DAY;
    private int negative;
    private int section;
    private int extendedRcode;
    private boolean opt;
    private int asked;
    private boolean answered;

    private AnswerReader(byte[] bytes) {
        this.bytes = bytes;
    }

    /**
     * Reads one whose question was checked already.
     *
     * @param bytes the message, which is kept
     */
    public static Answer read(byte[] bytes) throws MalformedAnswerException {
        try {
            return new AnswerReader(bytes).read();
        } catch (MalformedAnswerException e) {
            throw e;
        } catch (Exception e) {
            // Netty's decoder declares any, and throws several.
            throw new MalformedAnswerException("a record is broken: " + e.getMessage(), e);
        }
    }

    /** The addresses in an answer, in its order, with those of its aliases. */
    public static List<InetAddress> addresses(Answer answer) {
        try {
            var reader = new AnswerReader(answer.bytes());
            reader.read();
            return List.copyOf(reader.addresses);
        } catch (Exception e) {
            throw new IllegalArgumentException("an answer that was read once is broken", e);
        }
    }

    private Answer read() throws Exception {
        int nameEnd = Wire.endOfName(bytes, Wire.HEADER, bytes.length, false);
        var in = Unpooled.wrappedBuffer(bytes);
        in.readerIndex(nameEnd + Wire.QUESTION_TAIL);
        asked = Wire.unsignedShort(bytes, nameEnd);
        int end = in.readerIndex();
        int additional = 0;
        for (section = 1; section <= 3; section++) {
            int records = Wire.unsignedShort(bytes, 4 + 2 * section);
            for (int i = 0; i < records && !opt; i++) {
                int start = in.readerIndex();
                // Netty follows pointers forward as well, into what is cut off below.
                require(Wire.isWhole(bytes, start), "a name leads nowhere");
                if (decodeRecord(in) == null) {
                    throw new MalformedAnswerException("it ends within a record");
                }
                end = opt ? start : in.readerIndex();
                additional = section == 3 && !opt ? i + 1 : additional;
            }
        }
        byte[] kept = Arrays.copyOf(bytes, end);
        Wire.putShort(kept, 10, additional);
        int rcode = (bytes[3] & Wire.RCODE) | extendedRcode << 4;
        return new Answer(kept, Arrays.copyOf(ttls, ttlCount), rcode, errors.toByteArray(), lifetime(rcode));
    }

    private int lifetime(int rcode) {
        if (rcode == Wire.SERVFAIL) {
            return FAILURE;
        }
        boolean truncated = (bytes[2] & Wire.TC) != 0;
        if (truncated || (rcode != Wire.NOERROR && rcode != Wire.NXDOMAIN)) {
            return 0;
        }
        // Where aliases lead to nothing, it is a negative answer (RFC 2308 section 2). A referral, or a negative answer
        // without a start of authority, must not be remembered (section 5).
        return rcode == Wire.NOERROR && answered ? least : Math.min(least, negative);
    }

    @Override
    protected DnsRecord decodeRecord(
            String name, DnsRecordType type, int dnsClass, long ttl, ByteBuf in, int offset, int length)
            throws Exception {
        int end = offset + length;
        if (type.intValue() == Wire.OPT) {
            readOpt(name, offset, end);
        } else {
            if (ttlCount == MOST_RECORDS) {
                throw new MalformedAnswerException("it has more than " + MOST_RECORDS + " records");
            }
            if (ttlCount == ttls.length) {
                ttls = Arrays.copyOf(ttls, 2 * ttlCount);
            }
            int at = offset - 6;
            ttls[ttlCount++] = (char) at;
            // The topmost bit makes it zero (RFC 2181 section 8).
            int seconds = Math.max(0, Wire.integer(bytes, at));
            Wire.putInteger(bytes, at, Math.min(seconds, DAY));
            least = Math.min(least, seconds);
            check(type.intValue(), offset, end);
            answered |= section == 1 && (type.intValue() == asked || asked == Wire.ANY);
            if (section == 1 && dnsClass == Wire.IN) {
                addAddress(type.intValue(), offset, end);
            }
            if (section == 2 && type.intValue() == Wire.SOA) {
                negative = Math.clamp(Wire.integer(bytes, end - 4), 0, Math.min(seconds, HOUR));
            }
        }
        return Seen.RECORD;
    }

    /** Names in records may be compressed: a broken one must not reach an application (RFC 3597 section 4 says which these are). */
    private void check(int type, int offset, int end) throws MalformedAnswerException {
        switch (type) {
            case Wire.A -> require(end - offset == 4, "an address has another length");
            case Wire.AAAA -> require(end - offset == 16, "an address has another length");
            case Wire.CNAME, Wire.NS, Wire.PTR, Wire.DNAME -> requireName(offset, end);
            case Wire.MX -> requireName(offset + 2, end);
            case Wire.SRV -> requireName(offset + 6, end);
            case Wire.SOA -> {
                int second = Wire.endOfName(bytes, offset, end, true);
                requireName(offset, second);
                requireName(second, end - 20);
            }
            default -> {}
        }
    }

    private void requireName(int start, int end) throws MalformedAnswerException {
        require(start < end && Wire.endOfName(bytes, start, end, true) == end, "a name ends where it must not");
        require(Wire.isWhole(bytes, start), "a name leads nowhere");
    }

    private static void require(boolean condition, String message) throws MalformedAnswerException {
        if (!condition) {
            throw new MalformedAnswerException(message);
        }
    }

    private void addAddress(int type, int offset, int end) throws UnknownHostException {
        if (type == Wire.A || type == Wire.AAAA) {
            addresses.add(InetAddress.getByAddress(Arrays.copyOfRange(bytes, offset, end)));
        }
    }

    /** Stands for a record that has been read: Netty's own would convert the name by java.net.IDN, whose tables take 15 ms and memory. */
    private enum Seen implements DnsRecord {
        RECORD;

        @Override
        public int dnsClass() {
            return Wire.IN;
        }

        @Override
        public long timeToLive() {
            return 0;
        }

        @Override
        public DnsRecordType type() {
            return DnsRecordType.ANY;
        }
    }

    /** What follows an OPT record in the additional section is left out with it: it may be named, and nothing is needed there. */
    private void readOpt(String name, int offset, int end) throws MalformedAnswerException {
        require(section == 3 && name.equals("."), "EDNS is where it must not be");
        opt = true;
        extendedRcode = bytes[offset - 6] & 0xff;
        for (int at = offset; at < end; ) {
            require(at + 4 <= end, "an option of EDNS is cut off");
            int next = at + 4 + Wire.unsignedShort(bytes, at + 2);
            require(next <= end, "an option of EDNS is cut off");
            if (Wire.unsignedShort(bytes, at) == Wire.EXTENDED_ERROR) {
                errors.write(bytes, at, next - at);
            }
            at = next;
        }
    }
}

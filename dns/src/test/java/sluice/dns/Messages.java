// SPDX-License-Identifier: Apache-2.0
package sluice.dns;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sluice.dns.message.Mnemonics;
import sluice.dns.message.Names;

/** Messages as applications and servers make them, and a look into the ones they get: by hand, so that the code under test has no say. */
final class Messages {
    static final int A = 1;
    static final int CNAME = 5;
    static final int SOA = 6;
    static final int TXT = 16;
    static final int AAAA = 28;
    static final int OPT = 41;
    static final int POINTER_TO_QUESTION = 0xc00c;

    private Messages() {}

    /** A query with recursion desired and without EDNS. */
    static byte[] query(int id, String name, String type) {
        return query(id, 0x0100, name, type, -1, 0);
    }

    /**
     * A query.
     *
     * @param size what EDNS says of datagrams, -1: no EDNS
     * @param ednsFlags such as DO, 0x8000
     */
    static byte[] query(int id, int flags, String name, String type, int size, int ednsFlags) {
        return build(out -> {
            header(out, id, flags, 1, 0, 0, size < 0 ? 0 : 1);
            out.write(Names.wire(name));
            out.writeShort(Mnemonics.type(type));
            out.writeShort(1);
            if (size >= 0) {
                out.writeByte(0);
                out.writeShort(OPT);
                out.writeShort(size);
                out.writeInt(ednsFlags);
                out.writeShort(0);
            }
        });
    }

    static void header(DataOutputStream out, int id, int flags, int... counts) throws IOException {
        out.writeShort(id);
        out.writeShort(flags);
        for (int count : counts) {
            out.writeShort(count);
        }
    }

    /** Writes into a message. */
    interface Body {
        void write(DataOutputStream out) throws IOException;
    }

    static byte[] build(Body body) {
        var bytes = new ByteArrayOutputStream();
        try {
            body.write(new DataOutputStream(bytes));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /** A record for the name that was asked for. */
    static byte[] record(int type, int ttl, byte[] data) {
        return build(out -> {
            out.writeShort(POINTER_TO_QUESTION);
            out.writeShort(type);
            out.writeShort(1);
            out.writeInt(ttl);
            out.writeShort(data.length);
            out.write(data);
        });
    }

    static byte[] address(String address, int ttl) {
        byte[] bytes = InetAddress.ofLiteral(address).getAddress();
        return record(bytes.length == 4 ? A : AAAA, ttl, bytes);
    }

    /** A start of authority that lets a negative answer live. */
    static byte[] authority(int ttl, int minimum) {
        return record(SOA, ttl, build(out -> {
            out.writeShort(POINTER_TO_QUESTION);
            out.writeShort(POINTER_TO_QUESTION);
            out.writeInt(1);
            out.writeInt(2);
            out.writeInt(3);
            out.writeInt(4);
            out.writeInt(minimum);
        }));
    }

    /** The question's end in a message whose question has no pointers. */
    static int questionEnd(byte[] message) {
        int at = 12;
        while (message[at] != 0) {
            at += 1 + message[at];
        }
        return at + 5;
    }

    /** An answer to a query, with its question as it was sent. */
    static byte[] answer(byte[] query, int rcode, List<byte[]> answers, List<byte[]> authorities) {
        return answer(query, 0x8180 | rcode, answers, authorities, List.of());
    }

    static byte[] answer(
            byte[] query, int flags, List<byte[]> answers, List<byte[]> authorities, List<byte[]> additional) {
        return build(out -> {
            header(
                    out,
                    ByteBuffer.wrap(query).getShort(),
                    flags,
                    1,
                    answers.size(),
                    authorities.size(),
                    additional.size());
            out.write(query, 12, questionEnd(query) - 12);
            for (var section : List.of(answers, authorities, additional)) {
                for (byte[] record : section) {
                    out.write(record);
                }
            }
        });
    }

    /** What is in a message that has one question; names are not read. */
    @SuppressWarnings("ArrayRecordComponent") // Read only.
    record Read(int id, int flags, byte[] question, List<Found> records) {
        int rcode() {
            return flags & 0xf;
        }

        boolean truncated() {
            return (flags & 0x0200) != 0;
        }

        List<String> addresses() {
            return records.stream()
                    .filter(record -> record.type == A || record.type == AAAA)
                    .map(record -> address(record.data))
                    .toList();
        }

        @Nullable
        Found opt() {
            return records.stream()
                    .filter(record -> record.type == OPT)
                    .findFirst()
                    .orElse(null);
        }

        /** The code of the extended error, -1 without one. */
        int extendedError() {
            var opt = opt();
            if (opt == null || opt.data.length < 6) {
                return -1;
            }
            return ByteBuffer.wrap(opt.data).getShort(4);
        }

        private static String address(byte[] data) {
            try {
                return InetAddress.getByAddress(data).getHostAddress();
            } catch (java.net.UnknownHostException e) {
                throw new IllegalArgumentException(e);
            }
        }
    }

    /** A record; where a name is compressed, it is the question's. */
    @SuppressWarnings("ArrayRecordComponent") // Read only.
    record Found(int type, int dnsClass, int ttl, byte[] data) {}

    static Read read(byte[] message) {
        var in = ByteBuffer.wrap(message);
        int id = in.getShort() & 0xffff;
        int flags = in.getShort() & 0xffff;
        int questions = in.getShort();
        int records = in.getShort() + in.getShort() + in.getShort();
        int start = in.position();
        if (questions == 1) {
            in.position(questionEnd(message));
        }
        var question = java.util.Arrays.copyOfRange(message, start, in.position());
        var found = new ArrayList<Found>();
        for (int i = 0; i < records; i++) {
            for (int length; (length = in.get()) != 0; ) {
                if ((length & 0xc0) != 0) {
                    in.get();
                    break;
                }
                in.position(in.position() + length);
            }
            int type = in.getShort() & 0xffff;
            int dnsClass = in.getShort() & 0xffff;
            int ttl = in.getInt();
            var data = new byte[in.getShort() & 0xffff];
            in.get(data);
            found.add(new Found(type, dnsClass, ttl, data));
        }
        if (in.hasRemaining()) {
            throw new IllegalArgumentException(in.remaining() + " bytes are behind the last record");
        }
        return new Read(id, flags, question, found);
    }
}

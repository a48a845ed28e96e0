// SPDX-License-Identifier: Apache-2.0
package sluice.engine.sniff;

import java.nio.ByteBuffer;
import sluice.rules.Protocol;

/** Takes the ClientHello out of the records of a TLS connection (RFC 8446, section 5.1): one mostly, but it may be spread over several. */
final class TlsRecords {
    static final int HANDSHAKE = 22;

    private static final int HEADER = 5;
    private static final int LONGEST_RECORD = 1 << 14;

    private TlsRecords() {}

    static Sniffed read(ByteBuffer head) {
        var bytes = Bytes.of(head);
        var message = new byte[bytes.count()];
        int length = 0;
        int start = 0;
        while (start < bytes.count() && length < ClientHello.LONGEST) {
            if (!mayBeHeader(bytes, start)) {
                return Sniffed.UNKNOWN;
            }
            if (bytes.count() - start <= HEADER) {
                break;
            }
            int record = bytes.at2(start + 3);
            int there = Math.min(record, bytes.count() - start - HEADER);
            if (start == 0 && there < record) {
                return ClientHello.read(Bytes.of(head.slice(head.position() + HEADER, there)), Protocol.TLS);
            }
            head.get(head.position() + start + HEADER, message, length, there);
            length += there;
            start += HEADER + record;
        }
        var sniffed = ClientHello.read(Bytes.of(message, length), Protocol.TLS);
        return sniffed instanceof Sniffed.NeedMore && bytes.count() >= Sniffer.LONGEST ? Sniffed.UNKNOWN : sniffed;
    }

    /** Whether the bytes that are there can be a record's header. */
    private static boolean mayBeHeader(Bytes bytes, int start) {
        int there = bytes.count() - start;
        return bytes.at(start) == HANDSHAKE
                && (there < 2 || bytes.at(start + 1) == 3)
                && (there < 3 || bytes.at(start + 2) <= 4)
                && (there < HEADER || isLength(bytes.at2(start + 3)));
    }

    private static boolean isLength(int length) {
        return length > 0 && length <= LONGEST_RECORD;
    }
}

// SPDX-License-Identifier: Apache-2.0
package sluice.engine.sniff;

import java.nio.ByteBuffer;

/** Looks at the first bytes of a TCP flow. Without state; any thread. */
public final class Sniffer {
    /** With so many bytes the answer is never {@link Sniffed.NeedMore}. */
    public static final int LONGEST = (16 << 10) + 512;

    private Sniffer() {}

    /**
     * Says what a flow is, at the first byte that tells. Never throws, whatever the bytes are.
     *
     * @param head all that the client has sent so far, from position to limit, neither of which changes; bytes after the first
     *     {@link #LONGEST} are not looked at
     */
    public static Sniffed sniff(ByteBuffer head) {
        if (!head.hasRemaining()) {
            return Sniffed.NEED_MORE;
        }
        var start = head.remaining() > LONGEST ? head.slice(head.position(), LONGEST) : head;
        return start.get(start.position()) == TlsRecords.HANDSHAKE
                ? TlsRecords.read(start)
                : HttpRequest.read(Bytes.of(start));
    }
}

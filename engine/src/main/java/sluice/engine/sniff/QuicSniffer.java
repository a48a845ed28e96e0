// SPDX-License-Identifier: Apache-2.0
package sluice.engine.sniff;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import sluice.rules.Protocol;

/**
 * Looks at the first datagrams of a UDP flow: is it QUIC, version 1 (RFC 9000) or 2 (RFC 9369), and which host does it want? The client's Initial
 * packets are encrypted with keys that follow from their own header (RFC 9001, section 5.2); in them is the TLS ClientHello, cut into pieces in any
 * order, over several datagrams where it is long.
 *
 * <p>One for each flow, one thread at a time. Holds at most 20 KiB, and nothing once it has answered.
 */
public final class QuicSniffer {
    /** A ClientHello of 16 KiB fits in, with room for what is sent again. */
    private static final int MOST_DATAGRAMS = 24;

    private static final int MOST_PACKETS = 4;
    private static final Sniffed NAMELESS = new Sniffed.Found(Protocol.QUIC, null);

    private @Nullable QuicKeys keys;
    private @Nullable CryptoStream stream = new CryptoStream();
    private int datagrams;
    private Sniffed answer = Sniffed.NEED_MORE;

    /** A flow that sent nothing yet. */
    public QuicSniffer() {}

    /**
     * Takes the next datagram from the client. Never throws, whatever its bytes are.
     *
     * @param datagram from position to limit, neither of which changes
     * @return the answer; once it is not {@link Sniffed.NeedMore}, it stays
     */
    public Sniffed offer(ByteBuffer datagram) {
        if (!(answer instanceof Sniffed.NeedMore)) {
            return answer;
        }
        answer = mayBeQuic(datagram) ? read(datagram) : Sniffed.UNKNOWN;
        if (answer instanceof Sniffed.NeedMore && ++datagrams == MOST_DATAGRAMS) {
            answer = keys == null ? Sniffed.UNKNOWN : NAMELESS;
        }
        if (!(answer instanceof Sniffed.NeedMore)) {
            keys = null;
            stream = null;
        }
        return answer;
    }

    /** A flow's first datagram starts with a long header; later ones need not. */
    private boolean mayBeQuic(ByteBuffer datagram) {
        return keys != null || (datagram.hasRemaining() && datagram.get(datagram.position()) < 0);
    }

    private Sniffed read(ByteBuffer datagram) {
        byte[] bytes = new byte[datagram.remaining()];
        datagram.get(datagram.position(), bytes);
        int start = 0;
        boolean known = false;
        for (int packets = 0; packets < MOST_PACKETS && start < bytes.length; packets++) {
            var packet = QuicPacket.read(bytes, start);
            if (packet == null) {
                break;
            }
            known = true;
            if (packet.isInitial()) {
                var sniffed = initial(packet);
                if (!(sniffed instanceof Sniffed.NeedMore)) {
                    return sniffed;
                }
            }
            start = packet.end();
        }
        // Once one packet was decrypted it is QUIC, whatever else comes; packets may overtake each other.
        return known || keys != null ? Sniffed.NEED_MORE : Sniffed.UNKNOWN;
    }

    private Sniffed initial(QuicPacket packet) {
        var crypto = stream;
        var payload = payload(packet);
        if (crypto == null || payload == null) {
            return keys == null ? Sniffed.UNKNOWN : Sniffed.NEED_MORE;
        }
        if (!crypto.take(payload)) {
            return NAMELESS;
        }
        var sniffed = ClientHello.read(crypto.start(), Protocol.QUIC);
        return sniffed instanceof Sniffed.Unknown ? NAMELESS : sniffed;
    }

    /** What is in an Initial packet; null if it does not decrypt. After a Retry the client's keys are new ones. */
    private byte @Nullable [] payload(QuicPacket packet) {
        var former = keys;
        byte[] payload = former == null ? null : former.open(packet);
        if (payload == null) {
            var fresh = QuicKeys.of(packet);
            payload = fresh == null ? null : fresh.open(packet);
            keys = payload == null ? former : fresh;
        }
        return payload;
    }
}

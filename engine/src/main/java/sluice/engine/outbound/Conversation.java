// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import sluice.engine.flow.FlowEnd;
import sluice.engine.park.Deadline;

/**
 * A negotiation with a proxy: says something, reads answers of known length or up to an empty line, and gives back what was read too much. Holds
 * a few hundred bytes, at most 16 KiB, whatever the proxy does.
 */
final class Conversation {
    private static final int FIRST = 512;
    static final int MOST = 16 * 1024;

    private final Link link;
    private final String outbound;
    private final Deadline deadline;
    /** Read and not used yet: from position to limit. */
    private ByteBuffer answer = ByteBuffer.allocate(FIRST).limit(0);

    Conversation(Link link, String outbound, Deadline deadline) {
        this.link = link;
        this.outbound = outbound;
        this.deadline = deadline;
    }

    void say(ByteBuffer bytes) throws IOException {
        link.write(bytes, deadline);
    }

    /** The next byte, 0 to 255. */
    int next() throws IOException {
        return Byte.toUnsignedInt(next(1).get());
    }

    /** The next bytes. */
    ByteBuffer next(int count) throws IOException {
        while (answer.remaining() < count) {
            more();
        }
        var next = answer.slice(answer.position(), count);
        answer.position(answer.position() + count);
        return next;
    }

    /**
     * Fails as soon as what comes does not begin like this; what came stays to be read.
     *
     * @param otherwise what is wrong then
     */
    void expect(String beginning, String otherwise) throws IOException {
        for (int i = 0; i < beginning.length(); i++) {
            while (answer.remaining() <= i) {
                more();
            }
            if (answer.get(answer.position() + i) != beginning.charAt(i)) {
                throw failed(otherwise);
            }
        }
    }

    /** Everything up to an empty line (RFC 9112, section 2.1; a bare line feed ends a line too), as ISO 8859-1. */
    String nextHeader() throws IOException {
        int seen = answer.position();
        while (true) {
            for (; seen < answer.limit(); seen++) {
                if (answer.get(seen) == '\n' && endsHeader(seen)) {
                    var bytes = new byte[seen + 1 - answer.position()];
                    answer.get(bytes);
                    return new String(bytes, StandardCharsets.ISO_8859_1);
                }
            }
            int before = answer.position();
            more();
            seen += answer.position() - before;
        }
    }

    private boolean endsHeader(int lineFeed) {
        int at = lineFeed - 1;
        if (at >= answer.position() && answer.get(at) == '\r') {
            at--;
        }
        return at >= answer.position() && answer.get(at) == '\n';
    }

    private void more() throws IOException {
        if (answer.limit() == answer.capacity()) {
            if (answer.remaining() >= MOST) {
                throw failed("its answer has more than " + MOST + " bytes");
            }
            var larger = ByteBuffer.allocate(Math.min(MOST, Math.max(FIRST, answer.remaining() * 2)));
            answer = larger.put(answer).flip();
        }
        var room = answer.duplicate().limit(answer.capacity()).position(answer.limit());
        int count = link.read(room, deadline);
        if (count < 0) {
            throw DialException.withoutAnswer(message("it closed the connection in the middle of the negotiation"));
        }
        answer.limit(answer.limit() + count);
    }

    /** The proxy broke its protocol, or refused. */
    DialException failed(String what) {
        return new DialException(FlowEnd.PROXY_FAILED, message(what));
    }

    private String message(String what) {
        return "outbound " + outbound + ": " + what;
    }

    /** Ends the negotiation: what was read too much belongs to whoever reads next. */
    void end() {
        if (answer.hasRemaining()) {
            link.unread(answer);
        }
    }
}

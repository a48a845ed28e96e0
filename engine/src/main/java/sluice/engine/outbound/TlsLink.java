// SPDX-License-Identifier: Apache-2.0
package sluice.engine.outbound;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;
import sluice.engine.park.Buffers;
import sluice.engine.park.Deadline;
import sluice.rules.Endpoint;

/** The client's side of TLS over another link. Between calls it holds what is left of a record, and no buffer. */
final class TlsLink implements Link, SecureStream {
    /** For answers that the protocol wants in the middle of reading (key updates: RFC 8446, section 4.6.3). */
    private static final Duration ANSWER = Duration.ofSeconds(10);

    /** Records in a row without a byte for the application: the longest handshake has fewer, and a flood of them is not waited out. */
    private static final int MOST_WITHOUT_BYTES = 128;

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final Link lower;
    private final SSLEngine engine;
    private final Buffers buffers;
    /** Records leave in the order in which they were sealed. */
    private final ReentrantLock writing = new ReentrantLock();
    /** Not decrypted yet. Reader only. */
    private final Early sealed = new Early();
    /** Decrypted and not read yet. Reader only. */
    private final Early plain = new Early();

    private boolean ended;
    private volatile boolean saidEnd;

    private TlsLink(Link lower, SSLEngine engine, Buffers buffers) {
        this.lower = lower;
        this.engine = engine;
        this.buffers = buffers;
    }

    /**
     * Makes the handshake.
     *
     * @param lower the result owns it; stays the caller's when this throws
     * @throws SSLException the certificate is not to be believed, or the server does not speak TLS
     */
    static TlsLink connect(Link lower, TlsTrust trust, Endpoint server, Buffers buffers, Deadline deadline)
            throws IOException {
        return connect(lower, trust.engine(server, List.of()), buffers, deadline);
    }

    /** As above, with an engine that has not begun. */
    static TlsLink connect(Link lower, SSLEngine engine, Buffers buffers, Deadline deadline) throws IOException {
        var link = new TlsLink(lower, engine, buffers);
        link.engine.beginHandshake();
        while (true) {
            switch (link.engine.getHandshakeStatus()) {
                case FINISHED, NOT_HANDSHAKING -> {
                    return link;
                }
                case NEED_WRAP -> link.answer(deadline);
                case NEED_TASK -> link.runTasks();
                case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> link.listen(deadline);
            }
        }
    }

    /** What ALPN chose (RFC 7301), empty when nothing. */
    String protocol() {
        return Objects.requireNonNullElse(engine.getApplicationProtocol(), "");
    }

    private void runTasks() {
        Runnable task;
        while ((task = engine.getDelegatedTask()) != null) {
            task.run();
        }
    }

    /** Sends what the protocol itself has to say. */
    private void answer(Deadline deadline) throws IOException {
        writing.lock();
        try {
            while (engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP && seal(NOTHING, deadline)) {
                runTasks();
            }
        } finally {
            writing.unlock();
        }
    }

    /** Seals one record and sends it, holding the lock; whether there was one. */
    private boolean seal(ByteBuffer from, Deadline deadline) throws IOException {
        // Held while a slow proxy takes it: the record has to be somewhere.
        var record = buffers.take();
        try {
            var result = engine.wrap(from, record);
            if (result.getStatus() == Status.BUFFER_OVERFLOW) {
                throw new SSLException("a record of more than " + Buffers.BYTES + " bytes");
            }
            lower.write(record.flip(), deadline);
            return result.bytesProduced() > 0;
        } finally {
            buffers.give(record);
        }
    }

    /** One step of the handshake that takes something in. */
    private void listen(Deadline deadline) throws IOException {
        deadline.check();
        var room = buffers.take();
        int got;
        try {
            got = tryDecrypt(room);
            if (got > 0) {
                plain.put(room.flip());
            }
        } finally {
            buffers.give(room);
        }
        if (got < 0) {
            throw new SSLException("the connection was closed in the middle of the TLS handshake");
        }
        if (got == 0 && needsUnwrap()) {
            lower.awaitReadable(deadline);
        }
    }

    private boolean needsUnwrap() {
        return engine.getHandshakeStatus() == HandshakeStatus.NEED_UNWRAP;
    }

    @Override
    public int tryRead(ByteBuffer into) throws IOException {
        int count = plain.take(into);
        if (count > 0) {
            return count;
        }
        if (ended) {
            return -1;
        }
        if (into.remaining() >= engine.getSession().getApplicationBufferSize()) {
            return tryDecrypt(into);
        }
        var room = buffers.take();
        try {
            count = tryDecrypt(room);
            if (count <= 0) {
                return count;
            }
            plain.put(room.flip());
            return plain.take(into);
        } finally {
            buffers.give(room);
        }
    }

    /**
     * Decrypts records until one has bytes for the application.
     *
     * @param into has room for a whole record
     * @return bytes; 0 when nothing more has arrived, or the handshake needs something else first; -1 at the end
     */
    private int tryDecrypt(ByteBuffer into) throws IOException {
        var records = buffers.take();
        try {
            records.put(sealed.takeAll()).flip();
            int withoutBytes = 0;
            while (true) {
                boolean handshaking = isHandshaking();
                var result = engine.unwrap(records, into);
                int count = outcome(result);
                if (count != 0) {
                    return count;
                }
                if (result.getStatus() == Status.BUFFER_UNDERFLOW) {
                    if (!refill(records)) {
                        return ended ? -1 : 0;
                    }
                } else if (handshaking && !needsUnwrap()) {
                    return 0;
                } else if (++withoutBytes > MOST_WITHOUT_BYTES) {
                    throw new SSLException("more than " + MOST_WITHOUT_BYTES + " records in a row without content");
                }
            }
        } finally {
            if (records.hasRemaining()) {
                sealed.put(records);
            }
            buffers.give(records);
        }
    }

    private boolean isHandshaking() {
        return switch (engine.getHandshakeStatus()) {
            case NOT_HANDSHAKING, FINISHED -> false;
            case NEED_TASK, NEED_WRAP, NEED_UNWRAP, NEED_UNWRAP_AGAIN -> true;
        };
    }

    /** What a step brought: bytes, -1 at the end, else 0. */
    private int outcome(SSLEngineResult result) throws IOException {
        if (result.getStatus() == Status.BUFFER_OVERFLOW) {
            throw new SSLException("a record of more than " + Buffers.BYTES + " bytes");
        }
        if (result.bytesProduced() > 0) {
            return result.bytesProduced();
        }
        if (result.getHandshakeStatus() == HandshakeStatus.NEED_TASK) {
            runTasks();
        }
        if (result.getStatus() == Status.CLOSED) {
            ended = true;
            return -1;
        }
        if (engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP) {
            answer(Deadline.in(ANSWER));
        }
        return 0;
    }

    /** Whether more records, or parts of one, have arrived. The buffer is readable before and after. */
    private boolean refill(ByteBuffer records) throws IOException {
        records.compact();
        try {
            if (!records.hasRemaining()) {
                throw new SSLException("a record of more than " + Buffers.BYTES + " bytes");
            }
            int count = lower.tryRead(records);
            if (count < 0) {
                ended = true;
            }
            return count > 0;
        } finally {
            records.flip();
        }
    }

    @Override
    public boolean isCutOff() {
        // Who has been told the end before TLS 1.3 ends too, and some do it without a word.
        boolean answers = saidEnd && !engine.getSession().getProtocol().equals("TLSv1.3");
        return ended && !engine.isInboundDone() && !answers;
    }

    @Override
    public void awaitReadable(Deadline deadline) throws IOException {
        lower.awaitReadable(deadline);
    }

    @Override
    public void write(ByteBuffer from, Deadline deadline) throws IOException {
        writing.lock();
        try {
            while (from.hasRemaining()) {
                int before = from.remaining();
                if (!seal(from, deadline) && from.remaining() == before) {
                    throw new ClosedChannelException();
                }
            }
        } finally {
            writing.unlock();
        }
    }

    @Override
    public void shutdownWrite(Deadline deadline) throws IOException {
        writing.lock();
        try {
            saidEnd = true;
            engine.closeOutbound();
            while (seal(NOTHING, deadline) && !engine.isOutboundDone()) {
                runTasks();
            }
        } finally {
            writing.unlock();
        }
    }

    @Override
    public int read(ByteBuffer into, Deadline deadline) throws IOException {
        return Link.super.read(into, deadline);
    }

    @Override
    public void option(int level, int name, int value) throws IOException {
        lower.option(level, name, value);
    }

    @Override
    public void unread(ByteBuffer bytes) {
        plain.put(bytes);
    }

    @Override
    public Upstream upstream() {
        return new Upstream.Encrypted(this);
    }

    @Override
    public void abort() {
        lower.abort();
    }

    @Override
    public void close() {
        lower.close();
    }
}
